//! Uploaded files: reading a form that has one.

use std::collections::HashMap;

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::http::StatusCode;

use super::error::Error;

/// Name of the form's field with the file.
const FILE: &str = "file";

/// File as a browser sent it.
#[derive(Clone, Debug, Default)]
pub struct UploadedFile {
    /// Name that the browser gave; may have folders.
    pub name: String,
    /// Content. One that is longer than allowed is cut off after the maximum.
    pub content: Vec<u8>,
}

/// Form with a file and other fields.
#[derive(Clone, Debug, Default)]
pub struct UploadForm {
    /// The file, which is empty if none was chosen.
    pub file: UploadedFile,
    fields: HashMap<String, String>,
}

impl UploadForm {
    /// Reads a form. Its file is longer than `max_bytes` if the one that was sent is.
    pub async fn read(
        form: Result<Multipart, MultipartRejection>,
        max_bytes: usize,
    ) -> Result<Self, Error> {
        let mut form = form.map_err(|_| damaged())?;
        let mut read = Self::default();
        while let Some(field) = form.next_field().await.map_err(too_large_or_damaged)? {
            let Some(name) = field.name().map(str::to_owned) else {
                continue;
            };
            if name == FILE {
                read.file = UploadedFile {
                    name: field.file_name().unwrap_or_default().to_owned(),
                    content: content(field, max_bytes).await?,
                };
            } else {
                let text = field.text().await.map_err(|_| damaged())?;
                read.fields.insert(name, text);
            }
        }
        Ok(read)
    }

    /// Returns the text of another field, without surrounding space; empty if it is missing.
    pub fn text(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |text| text.trim())
    }
}

/// Reads the content of a file, and stops storing it when it is too large. The rest is read all the
/// same, because a browser shows an answer only after it has sent everything.
async fn content(mut field: Field<'_>, max_bytes: usize) -> Result<Vec<u8>, Error> {
    let mut content = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(too_large_or_damaged)? {
        if content.len() <= max_bytes {
            content.extend_from_slice(&chunk);
        }
    }
    Ok(content)
}

#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn too_large_or_damaged(error: MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Error::TooLarge
    } else {
        damaged()
    }
}

fn damaged() -> Error {
    Error::BadRequest("The upload was damaged. Choose the file again.".to_owned())
}
