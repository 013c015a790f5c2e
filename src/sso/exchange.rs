//! The steps of the code flow: the address to which a browser is sent, what its code is worth, and user info.

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
use super::http::Answer;
use super::loose::{self, Loose};
use super::verify::{Claims, LEEWAY, subject};
use super::{Asks, Binding, Error, Identity, Shared, Verified};
use crate::domain::email;

/// The good answer to a code. Its other members say nothing that the portal needs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tokens {
    id_token: Loose,
    access_token: Loose,
}

/// The bad answer to a code.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refusal {
    error: Loose,
    error_description: Loose,
}

impl Shared {
    pub(super) async fn address(&self, binding: &Binding, asks: Asks) -> Result<Url, Error> {
        let known = self.known().await?;
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
        if asks == Asks::Anew {
            query.append_pair("prompt", "login").append_pair("max_age", "0");
        }
        drop(query);
        Ok(url)
    }

    pub(super) async fn identity(&self, code: &str, binding: &Binding) -> Result<Identity, Error> {
        let known = self.known().await?;
        let tokens = self.exchanged(&known.metadata, code, binding).await?;
        let token = tokens
            .id_token
            .text()
            .ok_or_else(|| Error::setup("It sent no ID token for the code (scope openid)", remedy::PROVIDER))?;
        let claims = self.verified(token, &known, &binding.nonce).await?;
        let (email, email_verified) = self.email(&claims);
        let shown_at = claims.auth_time.seconds();
        Ok(Identity {
            issuer: self.settings.issuer.clone(),
            subject: subject(&claims)?,
            email,
            email_verified,
            several_factors: several_factors(&claims.amr),
            // A time in the future, such as one in milliseconds, would count as recent for ever.
            shown_at: shown_at.filter(|at| *at <= self.clock.now() + LEEWAY),
            access: tokens.access_token.text().map(SecretString::from),
        })
    }

    async fn exchanged(&self, metadata: &Metadata, code: &str, binding: &Binding) -> Result<Tokens, Error> {
        let answer = self.http.send(self.exchange(metadata, code, binding)).await?;
        if answer.status.is_client_error()
            && let Some(refusal) = answer.json::<Refusal>()
            && let Some(error) = refusal.error.text()
        {
            return Err(refused(error, &refusal.error_description, &answer));
        }
        answer.read(EXCHANGE, remedy::PROVIDER)
    }

    fn exchange(&self, metadata: &Metadata, code: &str, binding: &Binding) -> RequestBuilder {
        let id = &self.settings.client_id;
        let secret = self.settings.client_secret.expose_secret();
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", self.callback.as_str())
            .append_pair("code_verifier", binding.verifier.expose_secret());
        let request = self.http.post(&metadata.token);
        let request = if metadata.secret_in_body {
            form.append_pair("client_id", id).append_pair("client_secret", secret);
            request
        } else {
            // Encoded as RFC 6749 asks, section 2.3.1.
            let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let pair = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
            request.header("authorization", format!("Basic {pair}"))
        };
        request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.finish())
    }

    /// Asks for user info where the ID token does not say whether the email is theirs. Providers that keep to the letter
    /// of the standard tell the email only there.
    pub(super) async fn completed(&self, identity: &mut Identity) -> Result<(), Error> {
        if identity.email.is_some() && identity.email_verified != Verified::Unsaid {
            return Ok(());
        }
        let known = self.known().await?;
        let (Some(address), Some(access)) = (&known.metadata.user_info, &identity.access) else {
            return Ok(());
        };
        let request = self.http.get(address).bearer_auth(access.expose_secret());
        let answer = self.http.send(request).await?;
        if answer.media_type == "application/jwt" {
            return Err(Error::setup(
                "It sends user info as a signed or encrypted token (application/jwt)",
                remedy::USER_INFO,
            ));
        }
        let claims: Claims = answer.read("user info", remedy::PROVIDER)?;
        if claims.sub.name().as_deref() != Some(&identity.subject) {
            return Err(Error::Refused("its user info is about another person".to_owned()));
        }
        let (email, verified) = self.email(&claims);
        match (&identity.email, &email) {
            (None, Some(_)) => (identity.email, identity.email_verified) = (email, verified),
            (Some(known), Some(told)) if email::same(known, told) => identity.email_verified = verified,
            _ => {}
        }
        Ok(())
    }

    /// The email, and whether the provider made sure that it is theirs.
    fn email(&self, claims: &Claims) -> (Option<String>, Verified) {
        let email = claims.email.text().map(str::trim).filter(|email| !email.is_empty());
        let said = match claims.email_verified.answer() {
            loose::Answer::Missing => claims.xms_edov.answer(),
            said => said,
        };
        let verified = match said {
            loose::Answer::Yes => Verified::Yes,
            loose::Answer::No => Verified::No,
            loose::Answer::Missing if self.settings.trust_email && email.is_some() => Verified::Yes,
            loose::Answer::Missing => Verified::Unsaid,
        };
        (email.map(str::to_owned), verified)
    }
}

/// What the exchange of a code is called in a message.
const EXCHANGE: &str = "the code of a sign-in";

/// What a refusal of a code means.
fn refused(error: &str, description: &Loose, answer: &Answer) -> Error {
    let description = description.text().map(|text| format!(": {}", quoted(text)));
    let description = description.unwrap_or_default();
    match error {
        "invalid_grant" => Error::Refused("the code was used already, has expired, or is another's".to_owned()),
        "temporarily_unavailable" | "server_error" | "slow_down" => {
            Error::Unavailable(format!("for {EXCHANGE} it answered {}", quoted(error)))
        }
        "invalid_client" | "unauthorized_client" => Error::setup(
            format!(
                "It refuses the portal's client ID or client secret ({}{description})",
                quoted(error)
            ),
            remedy::CLIENT,
        ),
        _ => match answer.failure(EXCHANGE, remedy::PROVIDER) {
            passing @ Error::Unavailable(_) => passing,
            _ => Error::setup(
                format!("For {EXCHANGE} it answered {}{description}", quoted(error)),
                remedy::PROVIDER,
            ),
        },
    }
}

/// Whether several factors were shown: `mfa` in `amr`, which may be a list or a text.
fn several_factors(methods: &Loose) -> bool {
    let methods = methods.list();
    methods
        .iter()
        .flat_map(|method| method.split([' ', ',']))
        .any(|method| method == "mfa")
}
