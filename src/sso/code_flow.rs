//! Steps of the code flow: the address for the browser, the code exchange, and user info.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::discovery::Metadata;
use super::error::{quoted, remedy};
use super::http::ProviderResponse;
use super::lenient_json::{self, LenientValue};
use super::verify::{Claims, LEEWAY, subject};
use super::{Binding, EmailVerification, Error, Identity, LoginPrompt, Shared};
use crate::domain::email;

/// Successful answer to a code. The portal needs none of its other members.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TokenResponse {
    id_token: LenientValue,
    access_token: LenientValue,
}

/// Error answer to a code.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ErrorResponse {
    error: LenientValue,
    error_description: LenientValue,
}

impl Shared {
    pub(super) async fn authorization_url(
        &self,
        binding: &Binding,
        asks: LoginPrompt,
    ) -> Result<Url, Error> {
        let known = self.discover().await?;
        let mut url = known.metadata.authorization.clone();
        let challenge = Sha256::digest(binding.verifier.expose_secret().as_bytes());
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", self.callback.as_str())
            .append_pair("scope", "openid email")
            .append_pair("state", &binding.state)
            .append_pair("nonce", &binding.nonce)
            .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(challenge))
            .append_pair("code_challenge_method", "S256");
        if asks == LoginPrompt::Reauthenticate {
            query
                .append_pair("prompt", "login")
                .append_pair("max_age", "0");
        }
        drop(query);
        Ok(url)
    }

    pub(super) async fn authenticate(
        &self,
        code: &str,
        binding: &Binding,
    ) -> Result<Identity, Error> {
        let known = self.discover().await?;
        let tokens = self.exchange_code(&known.metadata, code, binding).await?;
        let token = tokens.id_token.text().ok_or_else(|| {
            Error::misconfigured(
                "It sent no ID token for the code (scope openid)",
                remedy::PROVIDER,
            )
        })?;
        let claims = self.verify_token(token, &known, &binding.nonce).await?;
        let (email, email_verified) = self.email_claim(&claims);
        let shown_at = claims.auth_time.timestamp();
        Ok(Identity {
            issuer: self.settings.issuer.clone(),
            subject: subject(&claims)?,
            email,
            email_verified,
            several_factors: has_several_factors(&claims.amr),
            // A time in the future, for example one in milliseconds, would count as recent forever.
            authenticated_at: shown_at.filter(|at| *at <= self.clock.system_time() + LEEWAY),
            access_token: tokens.access_token.text().map(SecretString::from),
        })
    }

    async fn exchange_code(
        &self,
        metadata: &Metadata,
        code: &str,
        binding: &Binding,
    ) -> Result<TokenResponse, Error> {
        let answer = self
            .http
            .send(self.token_request(metadata, code, binding))
            .await?;
        if answer.status.is_client_error()
            && let Some(refusal) = answer.json::<ErrorResponse>()
            && let Some(error) = refusal.error.text()
        {
            return Err(token_error(error, &refusal.error_description, &answer));
        }
        answer.read(EXCHANGE, remedy::PROVIDER)
    }

    fn token_request(&self, metadata: &Metadata, code: &str, binding: &Binding) -> RequestBuilder {
        let id = &self.settings.client_id;
        let secret = self.settings.client_secret.expose_secret();
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", self.callback.as_str())
            .append_pair("code_verifier", binding.verifier.expose_secret());
        let request = self.http.post(&metadata.token);
        let request = if metadata.secret_in_body {
            form.append_pair("client_id", id)
                .append_pair("client_secret", secret);
            request
        } else {
            // Percent-encoded as RFC 6749, section 2.3.1, requires.
            let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let pair = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
            request.header("authorization", format!("Basic {pair}"))
        };
        request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.finish())
    }

    /// Asks for user info if the ID token does not settle the email address.
    /// Providers that follow the standard strictly send the email address only there.
    pub(super) async fn complete_email(&self, identity: &mut Identity) -> Result<(), Error> {
        if identity.email.is_some() && identity.email_verified != EmailVerification::Unknown {
            return Ok(());
        }
        let known = self.discover().await?;
        let (Some(address), Some(access)) = (&known.metadata.user_info, &identity.access_token)
        else {
            return Ok(());
        };
        let request = self.http.get(address).bearer_auth(access.expose_secret());
        let answer = self.http.send(request).await?;
        if answer.media_type == "application/jwt" {
            return Err(Error::misconfigured(
                "It sends user info as a signed or encrypted token (application/jwt)",
                remedy::USER_INFO,
            ));
        }
        let claims: Claims = answer.read("user info", remedy::PROVIDER)?;
        if claims.sub.text_or_number().as_deref() != Some(&identity.subject) {
            return Err(Error::Refused(
                "its user info is about another person".to_owned(),
            ));
        }
        let (email, verified) = self.email_claim(&claims);
        match (&identity.email, &email) {
            (None, Some(_)) => (identity.email, identity.email_verified) = (email, verified),
            (Some(known), Some(told)) if email::is_same(known, told) => {
                identity.email_verified = verified;
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns the email address, and whether the provider verified it.
    fn email_claim(&self, claims: &Claims) -> (Option<String>, EmailVerification) {
        let email = claims
            .email
            .text()
            .map(str::trim)
            .filter(|email| !email.is_empty());
        let said = match claims.email_verified.boolean_claim() {
            lenient_json::Answer::Missing => claims.xms_edov.boolean_claim(),
            said => said,
        };
        let verified = match said {
            lenient_json::Answer::Yes => EmailVerification::Yes,
            lenient_json::Answer::No => EmailVerification::No,
            lenient_json::Answer::Missing if self.settings.trust_email && email.is_some() => {
                EmailVerification::Yes
            }
            lenient_json::Answer::Missing => EmailVerification::Unknown,
        };
        (email.map(str::to_owned), verified)
    }
}

/// Name of the code exchange in error messages.
const EXCHANGE: &str = "the code of a sign-in";

/// Converts the error answer to a code into an error.
fn token_error(error: &str, description: &LenientValue, answer: &ProviderResponse) -> Error {
    let description = description.text().map(|text| format!(": {}", quoted(text)));
    let description = description.unwrap_or_default();
    match error {
        "invalid_grant" => {
            Error::Refused("the code was used already, has expired, or is another's".to_owned())
        }
        "temporarily_unavailable" | "server_error" | "slow_down" => {
            Error::Unavailable(format!("for {EXCHANGE} it answered {}", quoted(error)))
        }
        "invalid_client" | "unauthorized_client" => Error::misconfigured(
            format!(
                "It refuses the portal's client ID or client secret ({}{description})",
                quoted(error)
            ),
            remedy::CLIENT,
        ),
        _ => match answer.status_error(EXCHANGE, remedy::PROVIDER) {
            passing @ Error::Unavailable(_) => passing,
            _ => Error::misconfigured(
                format!("For {EXCHANGE} it answered {}{description}", quoted(error)),
                remedy::PROVIDER,
            ),
        },
    }
}

/// Returns `true` if the person used several factors (`mfa` in `amr`).
/// `amr` may be a list or a text.
fn has_several_factors(methods: &LenientValue) -> bool {
    let methods = methods.list();
    methods
        .iter()
        .flat_map(|method| method.split([' ', ',']))
        .any(|method| method == "mfa")
}
