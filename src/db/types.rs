//! Columns for the types of `domain`: how both databases store IDs, times, enums and JSON.
//!
//! A query can bind such a value directly, and a struct with `#[derive(sqlx::FromRow)]` can have it
//! as a field. A stored value that cannot be read fails with [`Error::Stored`].

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};
use uuid::Uuid;

use super::auth_challenges::ChallengeKind;
use super::links::LinkPurpose;
use super::sweeps::{SweepKind, SweepOutcome};
use super::{Error, Result};
use crate::domain::access_review::{ReviewChange, ReviewDecision, ReviewState};
use crate::domain::account::AccountStatus;
use crate::domain::audit::{EventKind, EventOutcome};
use crate::domain::channels::ChannelLimit;
use crate::domain::density::Density;
use crate::domain::fact::FactSource;
use crate::domain::ids::{
    AccessReviewId, AccountId, ImportId, JobId, NoteId, OperationId, OrgUserId, StaffId, TagId,
    ViewId, WelcomeEmailId,
};
use crate::domain::job::{Decision, ItemState, JobState};
use crate::domain::money::Balance;
use crate::domain::new_account::NewAccountDefaults;
use crate::domain::notification::{NotificationDelivery, NotificationKind};
use crate::domain::operation::{
    Change, OperationKind, OperationOutcome, OperationState, PriorState, ReasonCode,
};
use crate::domain::org_user::{OrgUserKind, OrgUserStatus};
use crate::domain::role::Role;
use crate::domain::theme::Theme;
use crate::domain::time::Timestamp;
use crate::domain::webhook::DeliveryState;
use crate::domain::welcome_email::WelcomeEmailState;

/// Makes types usable as columns: as text, as JSON, or converted to another type.
macro_rules! column_type {
    ($($name:ty),+ => text) => {$(
        column_type!(@type $name, str);

        impl<'q, DB: Database> Encode<'q, DB> for $name
        where
            for<'s> &'s str: Encode<'s, DB>,
        {
            fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                self.as_str().encode(buffer)
            }
        }

        impl<'r, DB: Database> Decode<'r, DB> for $name
        where
            &'r str: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(<&str>::decode(value)?.parse::<Self>().map_err(Error::stored)?)
            }
        }
    )+};
    ($($name:ty),+ => JSON) => {$(
        column_type!(@type $name, str);

        impl<'q, DB: Database> Encode<'q, DB> for $name
        where
            String: Encode<'q, DB>,
        {
            fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                Json(self).encode(buffer)
            }
        }

        impl<'r, DB: Database> Decode<'r, DB> for $name
        where
            &'r str: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                Json::decode(value).map(|Json(read)| read)
            }
        }
    )+};
    ($($name:ty),+ => $stored:ty, $store:expr, $read:expr) => {$(
        column_type!(@type $name, $stored);

        impl<'q, DB: Database> Encode<'q, DB> for $name
        where
            $stored: Encode<'q, DB>,
        {
            fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let store: fn(Self) -> $stored = $store;
                store(*self).encode(buffer)
            }
        }

        impl<'r, DB: Database> Decode<'r, DB> for $name
        where
            $stored: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let read: fn($stored) -> Result<Self> = $read;
                Ok(read(<$stored>::decode(value)?)?)
            }
        }
    )+};
    (@type $name:ty, $stored:ty) => {
        impl<DB: Database> Type<DB> for $name
        where
            $stored: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <$stored>::type_info()
            }

            fn compatible(info: &DB::TypeInfo) -> bool {
                <$stored>::compatible(info)
            }
        }
    };
}

column_type!(AccountId, OrgUserId, AccountStatus, FactSource, Role => text);
column_type!(OperationKind, OperationState, ReasonCode, EventKind, EventOutcome => text);
column_type!(OrgUserKind, OrgUserStatus, SweepKind, SweepOutcome => text);
column_type!(LinkPurpose, ChallengeKind, Density, Theme => text);
column_type!(Decision, ItemState, JobState, WelcomeEmailState => text);
column_type!(NotificationKind, NotificationDelivery, DeliveryState => text);
column_type!(ReviewState, ReviewDecision, ReviewChange => text);
column_type!(Balance, Change, PriorState, OperationOutcome, NewAccountDefaults => JSON);
column_type!(StaffId, ViewId, TagId, NoteId, OperationId, JobId, ImportId => Uuid, Self::as_uuid, |id| Ok(Self::from_uuid(id)));
column_type!(AccessReviewId, WelcomeEmailId => Uuid, Self::as_uuid, |id| Ok(Self::from_uuid(id)));
column_type!(Timestamp => i64, Self::as_millis, |millis| Ok(Self::from_millis(millis)));
column_type!(ChannelLimit => i64, |limit| i64::from(limit.get()), |channels| {
    let channels = u64::try_from(channels).map_err(Error::stored)?;
    Self::new(channels).map_err(Error::stored)
});

/// Number that is stored as a larger type, because neither database has unsigned integers.
#[derive(Clone, Copy)]
pub(super) struct Count(u32);

column_type!(Count => i64, |count| i64::from(count.0), |count| {
    u32::try_from(count).map(Self).map_err(Error::stored)
});

impl From<Count> for u32 {
    fn from(count: Count) -> Self {
        count.0
    }
}

/// Any value as JSON in a text column.
pub(super) struct Json<T>(pub T);

impl<T, DB: Database> Type<DB> for Json<T>
where
    str: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        str::type_info()
    }

    fn compatible(info: &DB::TypeInfo) -> bool {
        str::compatible(info)
    }
}

impl<'q, T: Serialize, DB: Database> Encode<'q, DB> for Json<T>
where
    String: Encode<'q, DB>,
{
    fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        serde_json::to_string(&self.0)?.encode(buffer)
    }
}

impl<'r, T: DeserializeOwned, DB: Database> Decode<'r, DB> for Json<T>
where
    &'r str: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let read = serde_json::from_str(<&str>::decode(value)?);
        Ok(Self(read.map_err(Error::stored)?))
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, FromRow};
    use sqlx_sqlite::SqliteConnection;

    use super::*;

    #[derive(Debug, FromRow)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Row {
        role: Role,
        balance: Option<Balance>,
        limit: ChannelLimit,
        #[sqlx(try_from = "Count")]
        items: u32,
    }

    async fn read(columns: &'static str) -> Result<Row> {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await?;
        Ok(sqlx::query_as(columns).fetch_one(&mut connection).await?)
    }

    #[tokio::test]
    async fn a_stored_value_that_cannot_be_read_says_why() {
        let whole =
            read("SELECT 'owner' AS role, NULL AS balance, 7 AS \"limit\", 1 AS items").await;
        assert_eq!(
            whole.map(|row| (row.role, row.limit.get())).ok(),
            Some((Role::Owner, 7))
        );
        for (columns, why) in [
            ("SELECT 'king' AS role", "\"king\" is no Role"),
            (
                "SELECT 'owner' AS role, '{}' AS balance",
                "missing field `balance` at line 1 column 2",
            ),
            (
                "SELECT 'owner' AS role, NULL AS balance, -1 AS \"limit\"",
                "out of range integral type conversion attempted",
            ),
            (
                "SELECT 'owner' AS role, NULL AS balance, 0 AS \"limit\", -1 AS items",
                "out of range integral type conversion attempted",
            ),
        ] {
            let failure = read(columns).await.map_err(|error| error.to_string());
            assert_eq!(
                failure.err(),
                Some(format!("stored value cannot be read: {why}"))
            );
        }
    }
}
