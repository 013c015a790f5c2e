//! The two steps of the code flow: the address to which a browser is sent, and what its code is worth.

use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreProviderMetadata,
};
use openidconnect::core::{CoreIdTokenClaims, CoreUserInfoClaims};
use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
};
use secrecy::ExposeSecret;
use url::Url;

use super::{Asks, Binding, Error, Identity, Shared};

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// The longest name of a person at the provider, in bytes, as the standard has it.
const LONGEST_SUBJECT: usize = 255;

impl Shared {
    pub(super) async fn address(&self, binding: &Binding, asks: Asks) -> Result<Url, Error> {
        let metadata = self.known().await?;
        let client = self.client(&metadata);
        let (state, nonce) = (binding.state.clone(), binding.nonce.clone());
        let request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&binding.verifier()));
        let request = match asks {
            Asks::Anyhow => request,
            Asks::Anew => request
                .add_prompt(CoreAuthPrompt::Login)
                .set_max_age(std::time::Duration::ZERO),
        };
        Ok(request.url().0)
    }

    pub(super) async fn identity(&self, code: &str, binding: &Binding) -> Result<Identity, Error> {
        let metadata = self.known().await?;
        let client = self.client(&metadata);
        let tokens = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|_| Error::Unavailable("it has no address where codes are taken".to_owned()))?
            .set_pkce_verifier(binding.verifier())
            .request_async(&self.http)
            .await?;
        let token = tokens
            .id_token()
            .ok_or_else(|| Error::Refused("there is no ID token in the answer".to_owned()))?;
        let claims = self.verified(token, &metadata, &binding.nonce).await?;
        let mut identity = Identity {
            issuer: self.settings.issuer.clone(),
            subject: subject(&claims)?,
            email: claims.email().map(|email| email.to_string()),
            email_verified: claims.email_verified() == Some(true),
            several_factors: claims
                .auth_method_refs()
                .is_some_and(|methods| methods.iter().any(|method| method.as_str() == "mfa")),
            shown_at: claims.auth_time().map(super::verify::timestamp),
        };
        // Providers that keep to the letter of the standard tell the e-mail address only there.
        if identity.email.is_none() && client.user_info_url().is_some() {
            let told = self.told(&client, tokens.access_token(), &claims).await?;
            identity.email = told.email().map(|email| email.to_string());
            identity.email_verified = told.email_verified() == Some(true);
        }
        Ok(identity)
    }

    /// What the provider tells of the person of this token besides.
    async fn told(
        &self,
        client: &Client,
        token: &AccessToken,
        claims: &CoreIdTokenClaims,
    ) -> Result<CoreUserInfoClaims, Error> {
        // The library does not survive a token that no header can carry.
        if !token.secret().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::Unavailable(
                "its access token has characters that none has".to_owned(),
            ));
        }
        let request = client
            .user_info(token.clone(), Some(claims.subject().clone()))
            .map_err(|_| Error::Unavailable("it has no address that tells of a person".to_owned()))?;
        Ok(request.request_async(&self.http).await?)
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Client {
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(self.settings.client_id.clone()),
            Some(ClientSecret::new(
                self.settings.client_secret.expose_secret().to_owned(),
            )),
        )
        .set_redirect_uri(RedirectUrl::from_url(self.callback.clone()));
        // By the header, as the standard's default is, unless the provider takes the secret in the body alone.
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes = |method| methods.is_some_and(|methods| methods.contains(&method));
        if takes(CoreClientAuthMethod::ClientSecretPost) && !takes(CoreClientAuthMethod::ClientSecretBasic) {
            client.set_auth_type(AuthType::RequestBody)
        } else {
            client
        }
    }
}

fn subject(claims: &CoreIdTokenClaims) -> Result<String, Error> {
    let subject = claims.subject().as_str();
    if subject.is_empty() || subject.len() > LONGEST_SUBJECT || subject.contains(char::is_control) {
        return Err(Error::Refused(
            "its name of the person is empty, too long or no text".to_owned(),
        ));
    }
    Ok(subject.to_owned())
}
