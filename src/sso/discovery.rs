//! What the provider says of itself: its addresses, and the keys it signs with. Kept for an hour; the keys are read anew
//! where a token names one that is not among them, once a minute at most.

use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::{CoreJsonWebKeySet, CoreProviderMetadata};
use openidconnect::{IssuerUrl, JsonWebKeySet};

use super::http::is_safe;
use super::{Error, Shared};
use crate::domain::time::Timestamp;

/// How long a description holds.
const HOLDS: Duration = Duration::from_hours(1);
/// How often keys are read at most because of one that is not among them.
const KEYS_AGAIN: Duration = Duration::from_mins(1);

/// A description, with its keys.
pub(super) struct Known {
    metadata: Arc<CoreProviderMetadata>,
    read_at: Timestamp,
    keys_at: Timestamp,
}

impl Shared {
    /// The provider's description, asked for where none is known that holds. Whoever asks meanwhile waits for the same.
    pub(super) async fn known(&self) -> Result<Arc<CoreProviderMetadata>, Error> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some(known) = known.as_ref().filter(|known| known.read_at.until(now) < HOLDS) {
            return Ok(Arc::clone(&known.metadata));
        }
        let issuer = IssuerUrl::new(self.settings.issuer.clone())
            .map_err(|_| Error::Unavailable("its name is no address".to_owned()))?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.http).await?;
        // Browsers are sent there.
        if !is_safe(metadata.authorization_endpoint().url()) {
            return Err(Error::Unavailable("its address for browsers is not https".to_owned()));
        }
        let metadata = Arc::new(metadata);
        *known = Some(Known {
            metadata: Arc::clone(&metadata),
            read_at: now,
            keys_at: now,
        });
        Ok(metadata)
    }

    /// The keys as they are now, where they were not read within the last minute.
    pub(super) async fn newer_keys(&self) -> Result<Option<CoreJsonWebKeySet>, Error> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        let Some(known) = known.as_mut() else {
            return Ok(None);
        };
        if known.keys_at.until(now) < KEYS_AGAIN {
            // Another sign-in may have read them a moment ago.
            return Ok(Some(known.metadata.jwks().clone()));
        }
        known.keys_at = now;
        let keys: CoreJsonWebKeySet = JsonWebKeySet::fetch_async(known.metadata.jwks_uri(), &self.http).await?;
        known.metadata = Arc::new((*known.metadata).clone().set_jwks(keys.clone()));
        Ok(Some(keys))
    }
}
