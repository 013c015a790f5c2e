//! Reading of forms and queries, and drafts of forms sent with an expired login.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::error::Error;
use super::session::DRAFT_KEY;

/// Field of a form as a page shows it: the typed text and its error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Field {
    /// Typed text.
    pub value: String,
    /// Error message for the field; empty if it is valid.
    pub error: String,
}

impl From<String> for Field {
    fn from(value: String) -> Self {
        Self {
            value,
            error: String::new(),
        }
    }
}

impl From<&str> for Field {
    fn from(value: &str) -> Self {
        value.to_owned().into()
    }
}

impl Field {
    /// Reads the typed text. Stores the error if it is invalid.
    pub fn read<T, E: ToString>(&mut self, read: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        match read(&self.value) {
            Ok(value) => Some(value),
            Err(error) => {
                self.error = error.to_string();
                None
            }
        }
    }

    /// Reads the typed text, if there is any. `None` means an error, and `Some(None)` an empty
    /// field.
    pub fn read_optional<T, E: ToString>(
        &mut self,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        if self.value.trim().is_empty() {
            Some(None)
        } else {
            self.read(read).map(Some)
        }
    }

    /// Sets the error.
    pub fn set_error(&mut self, error: impl Into<String>) {
        self.error = error.into();
    }

    /// Returns `true` if the field has an error.
    #[must_use]
    pub const fn is_wrong(&self) -> bool {
        !self.error.is_empty()
    }
}

/// Submitted form. Fields with defaults may be missing. A body that is not a form is answered with
/// a sentence, never with a 500.
#[derive(Clone, Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let is_form = is_form(request.headers());
        let body = body(request, state).await?;
        if !is_form && !body.is_empty() {
            return Err(Error::BadRequest(
                "The form was sent in an unsupported format. Reload the page.".to_owned(),
            ));
        }
        Ok(Self(parse(&body)?))
    }
}

/// Query string of an address. Answers 400 if a field without a default is missing.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Error> {
        Ok(Self(parse(
            parts.uri.query().unwrap_or_default().as_bytes(),
        )?))
    }
}

/// Returns `true` if the headers announce a form in the encoding that browsers use.
pub(super) fn is_form(headers: &axum::http::HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind
            .as_bytes()
            .split(|byte| *byte == b';')
            .next()
            .unwrap_or_default();
        kind.trim_ascii()
            .eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    })
}

/// Reads the complete body, up to the limit that a layer sets.
pub(super) async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| {
            if axum::response::IntoResponse::into_response(rejection).status()
                == StatusCode::PAYLOAD_TOO_LARGE
            {
                Error::TooLarge
            } else {
                Error::BadRequest(
                    "The request ended before it was complete. Send it again.".to_owned(),
                )
            }
        })
}

fn parse<T: DeserializeOwned>(encoded: &[u8]) -> Result<T, Error> {
    if !is_text(encoded) {
        return Err(Error::BadRequest(
            "The form is not valid UTF-8. Reload the page.".to_owned(),
        ));
    }
    decode(&String::from_utf8_lossy(encoded)).ok_or_else(|| {
        Error::BadRequest(
            "A field of the form is missing, duplicated or invalid. Reload the page.".to_owned(),
        )
    })
}

/// Decodes `name=value&…`. A repeated name fills a list.
fn decode<T: DeserializeOwned>(encoded: &str) -> Option<T> {
    serde_html_form::from_str(encoded).ok()
}

/// Returns `true` if all percent-encoded bytes are UTF-8.
fn is_text(encoded: &[u8]) -> bool {
    let digit = |at: usize| {
        encoded
            .get(at)
            .and_then(|byte| char::from(*byte).to_digit(16))
    };
    let mut plain = Vec::with_capacity(encoded.len());
    let mut at = 0;
    while let Some(byte) = encoded.get(at) {
        if let (b'%', Some(high), Some(low)) = (byte, digit(at + 1), digit(at + 2)) {
            plain.push(u8::try_from(high * 16 + low).unwrap_or_default());
            at += 3;
        } else {
            plain.push(*byte);
            at += 1;
        }
    }
    std::str::from_utf8(&plain).is_ok()
}

/// Fields of a form that was sent after the login had expired, without its secrets.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DraftFields {
    /// Address of the page that shows the form.
    pub page: String,
    /// Fields as they were sent, URL-encoded.
    pub encoded: String,
}

impl DraftFields {
    /// Reads the fields from a body. Leaves out passwords and other secrets, judged by name.
    pub(super) fn new(page: String, body: &[u8]) -> Self {
        let mut kept = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in url::form_urlencoded::parse(body) {
            let secret = ["password", "secret", "token", "api_key"]
                .iter()
                .any(|word| name.to_lowercase().contains(word));
            if !secret {
                kept.append_pair(&name, &value);
            }
        }
        Self {
            page,
            encoded: kept.finish(),
        }
    }
}

/// Fields that were sent with an expired login, for the handler that shows the form. They are
/// returned once; [`DraftForm::parse`] converts them to the form's own type. On every other visit
/// there are none.
#[derive(Clone, Debug, Default)]
pub struct DraftForm(Option<String>);

impl DraftForm {
    /// Returns the form as it was sent, if it exists and can be read.
    #[must_use]
    pub fn parse<T: DeserializeOwned>(&self) -> Option<T> {
        self.0.as_deref().and_then(decode)
    }

    /// Returns `true` if there are such fields. The page then says that nothing was sent yet.
    #[must_use]
    pub const fn is_present(&self) -> bool {
        self.0.is_some()
    }
}

impl<S: Sync> FromRequestParts<S> for DraftForm {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Error> {
        let Some(session) = parts.extensions.get::<Session>() else {
            return Ok(Self(None));
        };
        let Some(kept) = session.get::<DraftFields>(DRAFT_KEY).await? else {
            return Ok(Self(None));
        };
        if kept.page.split('?').next() != Some(parts.uri.path()) {
            return Ok(Self(None));
        }
        session.remove::<DraftFields>(DRAFT_KEY).await?;
        Ok(Self(Some(kept.encoded)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Sample {
        name: Field,
        picks: Vec<String>,
        op: Option<String>,
    }

    #[test]
    fn a_form_keeps_text_as_typed_and_repeated_fields() {
        let sample: Sample =
            parse("name=a+%26+b%00%F0%9F%98%80é&picks=1&picks=2&other=x".as_bytes())
                .expect("a form");
        assert_eq!(sample.name.value, "a & b\0\u{1F600}é");
        assert_eq!(sample.picks, ["1", "2"]);
        assert_eq!(sample.op, None);
        let empty: Sample = parse(b"").expect("a form");
        assert_eq!(empty.name.value, "");
    }

    #[test]
    fn what_is_not_utf_8_or_not_a_form_is_refused_in_words() {
        for body in [&b"name=%FF"[..], b"name=\xff", b"name=%C3%28"] {
            assert!(
                matches!(parse::<Sample>(body), Err(Error::BadRequest(_))),
                "{body:?}"
            );
        }
        let long = format!("name={}", "a".repeat(10_000));
        let sample: Sample = parse(long.as_bytes()).expect("a form");
        assert_eq!(sample.name.value.len(), 10_000);
        let longer = format!("name={}", "%41".repeat(60_000));
        let sample: Sample = parse(longer.as_bytes()).expect("a form");
        assert_eq!(sample.name.value.len(), 60_000);
    }

    #[test]
    fn secrets_of_an_interrupted_form_are_not_kept() {
        let kept = DraftFields::new(
            "/x".to_owned(),
            b"name=a&password=b&current_password=c&new-Password=d&token=e&note=f",
        );
        assert_eq!(kept.encoded, "name=a&note=f");
    }
}
