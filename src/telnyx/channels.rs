//! Channel pool and channel limit of one account.
//! `domain` calculates how many channels the pool can still give.

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
    /// Returns the manager's channel pool; both numbers are 0 if the feature is off.
    ///
    /// # Errors
    /// Fails if the call does not end with a readable answer.
    pub async fn pool(&self) -> Result<ChannelPool, Error> {
        let call = Call::get(&["managed_accounts", "allocatable_global_outbound_channels"]);
        let answer: ApiResponse<Envelope<PoolBody>> = self.send(call).await?;
        let body = answer.value.data;
        Ok(ChannelPool {
            total: body.allocatable_global_outbound_channels,
            allocated: body.total_global_channels_allocated,
        })
    }

    /// Sets an account's channel limit and returns the limit from Telnyx's answer.
    ///
    /// No other call returns a limit. The value is absolute, so the request may be repeated.
    ///
    /// # Errors
    /// [`Error::certainty`] tells if the change may have happened despite the error. If Telnyx
    /// rejects the value, its message is the one for `/channel_limit`.
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
