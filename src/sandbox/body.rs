//! Request bodies: JSON objects whose fields are checked one by one.
//! An error therefore names its field.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde_json::{Map, Number, Value};

use super::problem::Problem;

/// Fields of a JSON object; none if there is no body.
/// Ignores fields that an operation does not know. Null is invalid, because the description allows
/// it for no field.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

/// [`Fields`] of a body that must not be missing.
#[derive(Debug)]
pub(super) struct RequiredFields(pub(super) Fields);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| Problem::malformed("The request's body could not be read."))?;
        if bytes.is_empty() {
            return Ok(Self(Map::new()));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Problem::malformed(
                "The request's body must be a JSON object.",
            )),
            Err(_) => Err(Problem::malformed("The request's body is not JSON.")),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for RequiredFields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| Problem::malformed("The request's body could not be read."))?;
        if bytes.is_empty() {
            return Err(Problem::malformed("The request needs a body."));
        }
        Fields::from_request(Request::new(bytes.into()), state)
            .await
            .map(Self)
    }
}

impl Fields {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Problem> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Problem::field(name, format!("{name} must be a string."))),
        }
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(Problem::field(
                name,
                format!("{name} must be true or false."),
            )),
        }
    }

    pub(super) fn count(&self, name: &str) -> Result<Option<u32>, Problem> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Number(number)) => match as_integer(number).map(u32::try_from) {
                Some(Ok(count)) => Ok(Some(count)),
                _ => Err(Problem::field(
                    name,
                    format!("{name} must be a whole number, 0 or more."),
                )),
            },
            Some(_) => Err(Problem::field(name, format!("{name} must be an integer."))),
        }
    }
}

/// Returns a number without a fraction. In JSON Schema, `30.0` is an integer too.
fn as_integer(number: &Number) -> Option<u64> {
    let written = number.to_string();
    number
        .as_u64()
        .or_else(|| written.strip_suffix(".0")?.parse().ok())
}
