//! Organization users: list, one, remove, the groups report, and the users of one account. Every field may be missing.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::ids::{AccountId, OrgUserId};
use crate::domain::org_user::{LastSignIn, OrgUserGroup, OrgUserKind, OrgUserStatus};
use crate::domain::time::Timestamp;

use super::call::{Call, MAX_REPORT_BYTES};
use super::client::{ApiResponse, Client};
use super::error::Error;
use super::paging::{self, FullList, MAX_PAGE_SIZE, Page};
use super::wire::{self, Envelope, Items};

const USERS: &str = "users";
const ORGANIZATIONS: &str = "organizations";
const REPORT: &str = "users_groups_report";

/// Somebody who signs in to Mission Control for the organization.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OrgUser {
    /// Telnyx's id; without it nothing can be done with the user.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub id: Option<OrgUserId>,
    /// Owner or not.
    #[serde(default, rename = "record_type", deserialize_with = "kind")]
    pub kind: OrgUserKind,
    /// Their e-mail address.
    #[serde(default, deserialize_with = "wire::text")]
    pub email: Option<String>,
    /// Status, which says if they may sign in.
    #[serde(default, rename = "user_status", deserialize_with = "status")]
    pub status: OrgUserStatus,
    /// True if a password is enough although the organization has single sign-on.
    #[serde(
        default,
        rename = "organization_user_bypasses_sso",
        deserialize_with = "wire::lenient"
    )]
    pub bypasses_sso: Option<bool>,
    /// When they were added.
    #[serde(default, deserialize_with = "wire::time")]
    pub created_at: Option<Timestamp>,
    /// When they last signed in: null means never, missing means that Telnyx does not say.
    #[serde(default, rename = "last_sign_in_at", deserialize_with = "sign_in")]
    pub last_sign_in: LastSignIn,
    /// Their groups; none where they were not asked for or not told.
    #[serde(default, deserialize_with = "groups")]
    pub groups: Option<Vec<OrgUserGroup>>,
}

/// Which organization users a list shall hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrgUserFilter {
    /// A part of the e-mail address.
    pub email: Option<String>,
    /// Only those of this status; `Unknown` filters nothing.
    pub status: Option<OrgUserStatus>,
    /// Their groups too.
    pub include_groups: bool,
}

impl OrgUser {
    /// Returns `true` if they own the organization. The owner cannot be removed.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        self.kind == OrgUserKind::Owner
    }
}

impl Client {
    /// One page of organization users. `page` counts from 1; `size` is kept between 1 and 250.
    ///
    /// # Errors
    /// Where the call did not end with a list that can be read.
    pub async fn list_org_users(
        &self,
        filter: &OrgUserFilter,
        page: u32,
        size: u32,
    ) -> Result<Page<OrgUser>, Error> {
        self.users_page(None, filter, page, size).await
    }

    /// All organization users, with the proof that they are all.
    ///
    /// # Errors
    /// Where a page could not be read.
    pub async fn org_users(&self, filter: OrgUserFilter) -> Result<FullList<OrgUser>, Error> {
        self.all_users(None, &filter).await
    }

    /// One organization user, with their groups.
    ///
    /// # Errors
    /// `NotFound` where the organization has no such user.
    pub async fn org_user(&self, id: &OrgUserId) -> Result<OrgUser, Error> {
        let call = Call::get(&[ORGANIZATIONS, USERS, id.as_str()]).query("include_groups", "true");
        let answer: ApiResponse<Envelope<OrgUser>> = self.send(call).await?;
        Ok(answer.value.data)
    }

    /// Removes an organization user. There is no way back through this API.
    ///
    /// # Errors
    /// [`Error::certainty`] says what is known of the removal.
    pub async fn remove_org_user(&self, id: &OrgUserId) -> Result<ApiResponse<OrgUser>, Error> {
        let call = Call::post(&[ORGANIZATIONS, USERS, id.as_str(), "actions", "remove"]);
        let answer: ApiResponse<Envelope<OrgUser>> = self.send(call).await?;
        Ok(answer.map(|envelope| envelope.data))
    }

    /// All organization users with their groups.
    ///
    /// # Errors
    /// Where the call did not end with a report that can be read.
    pub async fn groups_report(&self) -> Result<FullList<OrgUser>, Error> {
        let call = Call::get(&[ORGANIZATIONS, USERS, REPORT]).max_bytes(MAX_REPORT_BYTES);
        let answer: ApiResponse<Envelope<Items<OrgUser>>> = self.send(call).await?;
        let items = answer.value.data;
        Ok(FullList {
            items: items.read,
            is_complete: items.unreadable.is_empty(),
            unreadable: items.unreadable,
        })
    }

    /// A customer's own users: the organization users of one account, with their groups.
    ///
    /// # Errors
    /// Where the manager's key may not act inside the account, or a page cannot be read.
    pub async fn account_users(&self, id: &AccountId) -> Result<FullList<OrgUser>, Error> {
        let filter = OrgUserFilter {
            include_groups: true,
            ..OrgUserFilter::default()
        };
        self.all_users(Some(id), &filter).await
    }

    async fn all_users(
        &self,
        inside: Option<&AccountId>,
        filter: &OrgUserFilter,
    ) -> Result<FullList<OrgUser>, Error> {
        paging::read_full_list(
            |number| self.users_page(inside, filter, number, MAX_PAGE_SIZE),
            |user| user.id.as_ref().map(ToString::to_string),
        )
        .await
    }

    async fn users_page(
        &self,
        inside: Option<&AccountId>,
        filter: &OrgUserFilter,
        page: u32,
        size: u32,
    ) -> Result<Page<OrgUser>, Error> {
        let size = size.clamp(1, MAX_PAGE_SIZE);
        let mut call = Call::get(&[ORGANIZATIONS, USERS])
            .query("page[number]", page.to_string())
            .query("page[size]", size.to_string());
        if let Some(email) = &filter.email {
            call = call.query("filter[email]", email);
        }
        if let Some(status) = filter
            .status
            .filter(|status| *status != OrgUserStatus::Unknown)
        {
            call = call.query("filter[user_status]", status.as_str());
        }
        if filter.include_groups {
            call = call.query("include_groups", "true");
        }
        if let Some(account) = inside {
            call = call.acting_as(account);
        }
        let answer: ApiResponse<Envelope<Items<OrgUser>>> = self.send(call).await?;
        Ok(Page::new(answer, page, size))
    }
}

fn kind<'de, D: Deserializer<'de>>(from: D) -> Result<OrgUserKind, D::Error> {
    Ok(match Value::deserialize(from)?.as_str() {
        Some("organization_owner") => OrgUserKind::Owner,
        Some("organization_sub_user") => OrgUserKind::SubUser,
        _ => OrgUserKind::Unknown,
    })
}

fn status<'de, D: Deserializer<'de>>(from: D) -> Result<OrgUserStatus, D::Error> {
    let value = Value::deserialize(from)?;
    let known = OrgUserStatus::LISTED
        .into_iter()
        .find(|status| value.as_str() == Some(status.as_str()));
    Ok(known.unwrap_or_default())
}

fn sign_in<'de, D: Deserializer<'de>>(from: D) -> Result<LastSignIn, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Null => LastSignIn::Never,
        Value::String(text) => {
            Timestamp::parse_iso(&text).map_or(LastSignIn::Unknown, LastSignIn::At)
        }
        _ => LastSignIn::Unknown,
    })
}

/// A group may come without an id; one without a name spoils the list.
fn groups<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<OrgUserGroup>>, D::Error> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(default, deserialize_with = "wire::text")]
        id: Option<String>,
        name: String,
    }
    let named: Option<Vec<Named>> = wire::lenient(from)?;
    Ok(named.map(|named| {
        let group = |named: Named| OrgUserGroup {
            id: named.id,
            name: named.name,
        };
        named.into_iter().map(group).collect()
    }))
}
