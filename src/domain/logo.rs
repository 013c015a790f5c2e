//! Logo of the portal: which images can be one.

use imagesize::ImageType;
use memchr::memmem;
use serde::{Deserialize, Serialize};

use super::string_enum::string_enum;

/// Maximum size of a logo's file, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// Maximum width and height of a logo, in pixels.
pub const MAX_SIDE: u32 = 1_024;

/// Last chunk of every PNG file.
const PNG_END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";
/// Flag of a WebP file that is animated, and its place in the file.
const WEBP_ANIMATION: (usize, u8) = (20, 0b10);

string_enum! {
    /// Format of a logo. Its text is the extension of the file.
    pub enum LogoFormat {
        /// Portable Network Graphics.
        Png = "png", "PNG";
        /// JPEG.
        Jpeg = "jpg", "JPEG";
        /// WebP.
        Webp = "webp", "WebP";
    }
}

impl LogoFormat {
    /// Returns the media type of the format.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }
}

/// Logo of the portal, without its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// Beginning of the content's hash, which is its name.
    pub hash: String,
    /// Format of the content.
    pub format: LogoFormat,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Logo {
    /// Checks an uploaded file. `hash` is that of its content.
    ///
    /// # Errors
    /// Fails with [`InvalidLogo`] if it cannot be the logo.
    pub fn of_file(content: &[u8], hash: String) -> Result<Self, InvalidLogo> {
        if content.is_empty() {
            return Err(InvalidLogo::Empty);
        }
        if content.len() > MAX_BYTES {
            return Err(InvalidLogo::TooLarge);
        }
        let format = match imagesize::image_type(content) {
            Ok(ImageType::Png) => LogoFormat::Png,
            Ok(ImageType::Jpeg) => LogoFormat::Jpeg,
            Ok(ImageType::Webp) => LogoFormat::Webp,
            _ if is_svg(content) => return Err(InvalidLogo::Svg),
            _ => return Err(InvalidLogo::Format),
        };
        let size = imagesize::blob_size(content).map_err(|_| InvalidLogo::Damaged)?;
        if !is_complete(format, content) || size.width == 0 || size.height == 0 {
            return Err(InvalidLogo::Damaged);
        }
        if is_animated(format, content) {
            return Err(InvalidLogo::Animated);
        }
        let checked = |pixels: usize| u32::try_from(pixels).ok().filter(|side| *side <= MAX_SIDE);
        let (Some(width), Some(height)) = (checked(size.width), checked(size.height)) else {
            return Err(InvalidLogo::TooManyPixels {
                width: size.width,
                height: size.height,
            });
        };
        Ok(Self {
            hash,
            format,
            width,
            height,
        })
    }

    /// Returns the name of the file in addresses.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.{}", self.hash, self.format.as_str())
    }

    /// Describes the logo for pages and the audit.
    #[must_use]
    pub fn describe(&self) -> String {
        let Self { width, height, .. } = self;
        format!("{}, {width} × {height} pixels", self.format.label())
    }
}

/// Reason why a file cannot be the logo, in words for its field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLogo {
    /// There is no file, or it is empty.
    #[error("Choose an image.")]
    Empty,
    /// The file is larger than [`MAX_BYTES`].
    #[error("The file is larger than 256 KB. Choose a smaller one.")]
    TooLarge,
    /// It is an SVG file.
    #[error(
        "SVG files are not accepted, because they can contain scripts. Export the logo as PNG or WebP."
    )]
    Svg,
    /// It is in none of the formats, whatever its name says.
    #[error("This is not a PNG, JPEG or WebP image.")]
    Format,
    /// A part of it is missing.
    #[error("The image is damaged or incomplete. Export it again.")]
    Damaged,
    /// It moves.
    #[error("The image is animated. Choose one that does not move.")]
    Animated,
    /// It has more pixels than it needs.
    #[error("The image has {width} × {height} pixels. Each side can have at most 1,024.")]
    TooManyPixels {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
    },
}

fn is_svg(content: &[u8]) -> bool {
    let start = &content[..content.len().min(1_024)];
    memmem::find(start, b"<svg").is_some() || start.trim_ascii_start().starts_with(b"<?xml")
}

fn is_complete(format: LogoFormat, content: &[u8]) -> bool {
    match format {
        LogoFormat::Png => memmem::rfind(content, PNG_END).is_some(),
        LogoFormat::Jpeg => memmem::rfind(content, b"\xff\xd9").is_some(),
        LogoFormat::Webp => content
            .get(4..8)
            .and_then(|length| <[u8; 4]>::try_from(length).ok())
            .and_then(|length| usize::try_from(u32::from_le_bytes(length)).ok())
            .is_some_and(|length| length <= content.len() - 8),
    }
}

fn is_animated(format: LogoFormat, content: &[u8]) -> bool {
    match format {
        LogoFormat::Png => {
            let pixels = memmem::find(content, b"IDAT").unwrap_or(content.len());
            memmem::find(&content[..pixels], b"acTL").is_some()
        }
        LogoFormat::Jpeg => false,
        LogoFormat::Webp => {
            let (place, flag) = WEBP_ANIMATION;
            let is_extended = content.get(12..16) == Some(b"VP8X");
            is_extended && content.get(place).is_some_and(|flags| flags & flag != 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a file that has the parts of a PNG image that are looked at.
    fn png(width: u32, height: u32, chunks: &[u8]) -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        file.extend(width.to_be_bytes());
        file.extend(height.to_be_bytes());
        file.extend(b"\x08\x06\0\0\0\0\0\0\0");
        file.extend(chunks);
        file.extend(b"\0\0\0\0IDAT\0\0\0\0");
        file.extend(PNG_END);
        file
    }

    /// Returns a file that has the parts of an extended WebP image that are looked at.
    fn webp(flags: u8) -> Vec<u8> {
        let mut file = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0".to_vec();
        file.push(flags);
        // Width and height, each less one.
        file.extend([0, 0, 0, 239, 0, 0, 79, 0, 0]);
        file
    }

    fn check(content: &[u8]) -> Result<(LogoFormat, u32, u32), InvalidLogo> {
        let logo = Logo::of_file(content, String::new())?;
        Ok((logo.format, logo.width, logo.height))
    }

    #[test]
    fn the_content_says_what_an_image_is() {
        assert_eq!(check(&png(240, 80, b"")), Ok((LogoFormat::Png, 240, 80)));
        assert_eq!(check(&webp(0)), Ok((LogoFormat::Webp, 240, 80)));
        let jpeg =
            b"\xff\xd8\xff\xc0\0\x11\x08\0\x50\0\xf0\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xd9";
        assert_eq!(check(jpeg), Ok((LogoFormat::Jpeg, 240, 80)));
    }

    #[test]
    fn what_cannot_be_the_logo_is_refused_for_its_reason() {
        let large = png(10, 10, &vec![0; MAX_BYTES]);
        let whole = png(240, 80, b"");
        let (width, height) = (1_025, 16);
        for (content, reason) in [
            (&b""[..], InvalidLogo::Empty),
            (&large, InvalidLogo::TooLarge),
            (b"<svg xmlns='x'/>", InvalidLogo::Svg),
            (b" <?xml version='1.0'?><!-- --><svg/>", InvalidLogo::Svg),
            (b"GIF89a\x01\0\x01\0", InvalidLogo::Format),
            (b"<html><script>1</script>", InvalidLogo::Format),
            (&whole[..30], InvalidLogo::Damaged),
            (b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", InvalidLogo::Damaged),
            (&webp(0)[..28], InvalidLogo::Damaged),
            (&png(0, 80, b""), InvalidLogo::Damaged),
            (&png(9, 9, b"\0\0\0\x08acTL"), InvalidLogo::Animated),
            (&webp(2), InvalidLogo::Animated),
            (
                &png(1_025, 16, b""),
                InvalidLogo::TooManyPixels { width, height },
            ),
        ] {
            assert_eq!(check(content), Err(reason));
        }
    }
}
