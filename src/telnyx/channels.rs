//! The channel pool and one account's limit. What the pool can give is a rule of `domain`.

use serde::Deserialize;

use crate::domain::channels::{ChannelLimit, ChannelPool};
use crate::domain::ids::AccountId;

use super::call::Call;
use super::client::{ApiResponse, Client};
use super::error::Error;
use super::wire::Envelope;

#[derive(Deserialize)]
struct PoolBody {
    allocatable_global_outbound_channels: u32,
    total_global_channels_allocated: u32,
}

#[derive(Deserialize)]
struct LimitBody {
    channel_limit: ChannelLimit,
}

impl Client {
    /// The manager's channel pool; 0 and 0 where the feature is off.
    ///
    /// # Errors
    /// Where the call did not end with an answer that can be read.
    pub async fn pool(&self) -> Result<ChannelPool, Error> {
        let call = Call::get(&["managed_accounts", "allocatable_global_outbound_channels"]);
        let answer: ApiResponse<Envelope<PoolBody>> = self.send(call).await?;
        let body = answer.value.data;
        Ok(ChannelPool {
            total: body.allocatable_global_outbound_channels,
            allocated: body.total_global_channels_allocated,
        })
    }

    /// Sets an account's channel limit and gives the one that Telnyx answered. It is the only place where a limit can be
    /// read. An absolute value, so it may be sent again.
    ///
    /// # Errors
    /// [`Error::certainty`] says what is known of the change; a refusal for the field is at `/channel_limit`.
    pub async fn set_channel_limit(
        &self,
        id: &AccountId,
        limit: ChannelLimit,
    ) -> Result<ApiResponse<ChannelLimit>, Error> {
        let call = Call::patch(&[
            "managed_accounts",
            id.as_str(),
            "update_global_channel_limit",
        ])
        .json(&serde_json::json!({ "channel_limit": limit.get() }));
        let answer: ApiResponse<Envelope<LimitBody>> = self.send(call).await?;
        Ok(answer.map(|envelope| envelope.data.channel_limit))
    }
}
