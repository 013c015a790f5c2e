//! Closed enums whose values have a text, for the database, URLs and Telnyx.

/// Error for a text that is not a value of an enum.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {name}")]
pub struct InvalidValue {
    name: &'static str,
    text: String,
}

impl InvalidValue {
    pub(crate) fn new(name: &'static str, text: &str) -> Self {
        let text = text.to_owned();
        Self { name, text }
    }
}

/// Defines an enum with a text for each value, and optionally a label for pages.
///
/// The enum gets `ALL`, `as_str`, `label`, `FromStr` and serde's traits, which read and write the
/// same text.
macro_rules! string_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident = $text:literal $(, $label:literal)?;)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        $vis enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// All values, in the order in which pages show them.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$variant),+];

            /// Returns the text used in the database, in URLs and at Telnyx.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        $crate::domain::string_enum::string_enum!(@label $name $($variant $(, $label)?;)+);

        impl std::str::FromStr for $name {
            type Err = $crate::domain::string_enum::InvalidValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let value = Self::ALL.into_iter().find(|value| value.as_str() == text);
                value.ok_or_else(|| Self::Err::new(stringify!($name), text))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
    (@label $name:ident $($variant:ident;)+) => {};
    (@label $name:ident $($variant:ident, $label:literal;)+) => {
        impl $name {
            /// Returns the words that pages show.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }
    };
}

pub(crate) use string_enum;
