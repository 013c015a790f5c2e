//! Organization users: list, retrieve, remove, groups report, and users of one account.
//! Every field may be missing.

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

/// Person who signs in to Mission Control for the organization.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OrgUser {
    /// Telnyx's ID. The portal can do nothing with a user that has none.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub id: Option<OrgUserId>,
    /// Owner or sub-user.
    #[serde(default, rename = "record_type", deserialize_with = "kind")]
    pub kind: OrgUserKind,
    /// Email address.
    #[serde(default, deserialize_with = "wire::text")]
    pub email: Option<String>,
    /// Status, which determines if the user may sign in.
    #[serde(default, rename = "user_status", deserialize_with = "status")]
    pub status: OrgUserStatus,
    /// True if a password is enough although the organization uses single sign-on.
    #[serde(
        default,
        rename = "organization_user_bypasses_sso",
        deserialize_with = "wire::lenient"
    )]
    pub bypasses_sso: Option<bool>,
    /// Time at which the user was added.
    #[serde(default, deserialize_with = "wire::time")]
    pub created_at: Option<Timestamp>,
    /// Last sign-in. Null means never; a missing field means that Telnyx does not say.
    #[serde(default, rename = "last_sign_in_at", deserialize_with = "sign_in")]
    pub last_sign_in: LastSignIn,
    /// Groups of the user; `None` if not requested or not returned.
    #[serde(default, deserialize_with = "groups")]
    pub groups: Option<Vec<OrgUserGroup>>,
}

/// Filter of a list of organization users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrgUserFilter {
    /// Only users whose email address contains this.
    pub email: Option<String>,
    /// Only users with this status; `Unknown` filters nothing.
    pub status: Option<OrgUserStatus>,
    /// True to request the groups of each user.
    pub include_groups: bool,
}

impl OrgUser {
    /// Returns `true` if the user owns the organization. The owner cannot be removed.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        self.kind == OrgUserKind::Owner
    }
}

impl Client {
    /// Returns one page of organization users.
    /// `page` counts from 1; `size` is clamped to 1 to 250.
    ///
    /// # Errors
    /// Fails if the call does not end with a readable list.
    pub async fn list_org_users(
        &self,
        filter: &OrgUserFilter,
        page: u32,
        size: u32,
    ) -> Result<Page<OrgUser>, Error> {
        self.users_page(None, filter, page, size).await
    }

    /// Returns all organization users, and whether the list is proven complete.
    ///
    /// # Errors
    /// Fails if a page cannot be read.
    pub async fn org_users(&self, filter: OrgUserFilter) -> Result<FullList<OrgUser>, Error> {
        self.all_users(None, &filter).await
    }

    /// Returns one organization user with their groups.
    ///
    /// # Errors
    /// Fails with `NotFound` if the organization has no such user.
    pub async fn org_user(&self, id: &OrgUserId) -> Result<OrgUser, Error> {
        let call = Call::get(&[ORGANIZATIONS, USERS, id.as_str()]).query("include_groups", "true");
        let answer: ApiResponse<Envelope<OrgUser>> = self.send(call).await?;
        Ok(answer.value.data)
    }

    /// Removes an organization user. This API cannot undo it.
    ///
    /// # Errors
    /// [`Error::certainty`] tells if the user may have been removed despite the error.
    pub async fn remove_org_user(&self, id: &OrgUserId) -> Result<ApiResponse<OrgUser>, Error> {
        let call = Call::post(&[ORGANIZATIONS, USERS, id.as_str(), "actions", "remove"]);
        let answer: ApiResponse<Envelope<OrgUser>> = self.send(call).await?;
        Ok(answer.map(|envelope| envelope.data))
    }

    /// Returns all organization users with their groups, from the groups report.
    ///
    /// # Errors
    /// Fails if the call does not end with a readable report.
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

    /// Returns a customer's own users: the organization users of one account, with groups.
    ///
    /// # Errors
    /// Fails if the manager's key may not act inside the account, or if a page cannot be read.
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

/// Reads groups. A group without an ID is accepted; one without a name makes the list `None`.
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
