//! What asking the provider can end in. The words are for the log and the audit: they hold no token and no code.

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{DiscoveryError, RequestTokenError, StandardErrorResponse, UserInfoError};

use super::http::HttpError;

/// Why it is not known who somebody is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The provider is down, slow, set up otherwise than the portal, or answers what nobody can read.
    #[error("{0}")]
    Unavailable(String),
    /// The answer proves nothing: its code or its ID token is forged, used, expired or another's.
    #[error("{0}")]
    Refused(String),
}

impl From<DiscoveryError<HttpError>> for Error {
    fn from(error: DiscoveryError<HttpError>) -> Self {
        Self::Unavailable(match error {
            DiscoveryError::Request(error) => error.to_string(),
            DiscoveryError::Response(_, _, words) => format!("its description of itself or its keys: {words}"),
            DiscoveryError::Parse(_) => "its description of itself or its keys cannot be read".to_owned(),
            DiscoveryError::Validation(words) => words,
            _ => "its description of itself cannot be used".to_owned(),
        })
    }
}

type TokenError = RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>;

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        match error {
            RequestTokenError::ServerResponse(answer) => match answer.error() {
                CoreErrorResponseType::InvalidGrant => {
                    Self::Refused("the code was used already, has expired, or is another's".to_owned())
                }
                // The portal is not known there as the settings say.
                other => Self::Unavailable(format!("it refuses the portal: {}", other.as_ref())),
            },
            RequestTokenError::Request(error) => Self::Unavailable(error.to_string()),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                Self::Unavailable("its answer to the code cannot be read".to_owned())
            }
        }
    }
}

impl From<UserInfoError<HttpError>> for Error {
    fn from(error: UserInfoError<HttpError>) -> Self {
        match error {
            UserInfoError::ClaimsVerification(error) => Self::Refused(format!("what it tells of the person: {error}")),
            UserInfoError::Request(error) => Self::Unavailable(error.to_string()),
            _ => Self::Unavailable("what it tells of the person cannot be read".to_owned()),
        }
    }
}

/// Why nothing can be asked at all.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client of single sign-on could not be set up: {0}")]
pub struct BuildError(#[from] pub(super) reqwest::Error);
