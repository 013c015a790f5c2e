//! The organization's users as last read. Each reading replaces the whole snapshot.
//!
//! The time of the snapshot is the start of the last sweep of
//! [`SweepKind::OrgUsers`](super::sweeps::SweepKind) in `db::sweeps`.

use sqlx::QueryBuilder;

use super::types::Json;
use super::{Db, Result, Tx, escape_like, replace_nul};
use crate::domain::email;
use crate::domain::ids::OrgUserId;
use crate::domain::org_user::{LastSignIn, OrgUserGroup, OrgUserKind, OrgUserStatus, SignInFilter};
use crate::domain::string_enum::string_enum;
use crate::domain::text::{folded, search_words};
use crate::domain::time::Timestamp;

/// Organization user. Telnyx may leave out any of the fields.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OrgUser {
    /// Telnyx's ID of the user. Without it, the user cannot be changed.
    pub id: Option<OrgUserId>,
    /// Email address of the user.
    pub email: Option<String>,
    /// Kind of user, which tells owners from others.
    #[sqlx(rename = "record_type")]
    pub kind: OrgUserKind,
    /// Status of the user, which says if they may sign in.
    pub status: OrgUserStatus,
    /// True if a password is enough although the organization uses single sign-on.
    pub bypasses_sso: Option<bool>,
    /// Groups of the user; `None` if Telnyx returned none.
    #[sqlx(flatten, try_from = "Groups")]
    pub groups: Option<Vec<OrgUserGroup>>,
    /// Time at which they were added.
    pub created_at: Option<Timestamp>,
    /// Time of their last sign-in, if it is known.
    #[sqlx(flatten, try_from = "SignIn")]
    pub last_sign_in: LastSignIn,
}

impl OrgUser {
    /// Returns `true` if they own the organization. The owner cannot be removed.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        self.kind == OrgUserKind::Owner
    }
}

string_enum! {
    /// Column by which a list of users is sorted.
    #[derive(Default)]
    pub enum OrgUserColumn {
        /// By email address.
        #[default]
        Email = "email";
        /// By status.
        Status = "status";
        /// By kind.
        Kind = "kind";
        /// By the first of their groups; users in no group last.
        Groups = "groups";
        /// By the time of the last sign-in. Never counts as the longest ago; unknown ones last.
        LastSignIn = "last-sign-in";
        /// By the time at which they were added; unknown ones last.
        Created = "created";
        /// By whether a password is enough; unknown ones last.
        BypassesSso = "bypasses-sso";
        /// By ID; users without one last.
        Id = "id";
    }
}

impl OrgUserColumn {
    const fn sql(self) -> &'static str {
        match self {
            Self::Email => "email_folded",
            Self::Status => "status",
            Self::Kind => "record_type",
            Self::Groups => {
                "(SELECT MIN(LOWER(g.name)) FROM org_user_groups g WHERE g.place = org_users.place)"
            }
            Self::LastSignIn => "last_sign_in_at",
            Self::Created => "created_at",
            Self::BypassesSso => "bypasses_sso",
            Self::Id => "id",
        }
    }
}

/// Sort order of a list of users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrgUserOrder {
    /// Column to sort by.
    pub by: OrgUserColumn,
    /// True to sort in descending order.
    pub descending: bool,
}

impl OrgUserOrder {
    /// Parses `status`, or `-status` for the descending order.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let column = text.strip_prefix('-');
        Some(Self {
            by: column.unwrap_or(text).parse().ok()?,
            descending: column.is_some(),
        })
    }

    /// Formats the order so that [`Self::parse`] can read it.
    #[must_use]
    pub fn as_text(self) -> String {
        let sign = if self.descending { "-" } else { "" };
        format!("{sign}{}", self.by.as_str())
    }

    /// Returns the order in SQL. A user without the value comes last either way.
    fn sql(self) -> String {
        let column = self.by.sql();
        let direction = if self.descending { "DESC" } else { "ASC" };
        let missing = match self.by {
            OrgUserColumn::LastSignIn => {
                let never = if self.descending { 1 } else { -1 };
                format!(
                    "CASE WHEN {column} IS NOT NULL THEN 0 WHEN never_signed_in THEN {never} ELSE 2 END"
                )
            }
            _ => format!("CASE WHEN {column} IS NULL THEN 1 ELSE 0 END"),
        };
        format!("{missing}, {column} {direction}, email_folded, place")
    }
}

/// Filter and page of a list of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgUserQuery {
    /// Part of the email address or ID; blank for all users.
    pub email: String,
    /// Only users with this status.
    pub status: Option<OrgUserStatus>,
    /// Only users in the group of this name.
    pub group: Option<String>,
    /// Only users with such a last sign-in, seen from this time.
    pub sign_in: Option<(SignInFilter, Timestamp)>,
    /// Order of the users.
    pub sort: OrgUserOrder,
    /// Page, from 1.
    pub page: u32,
    /// Rows per page, 1 to 1,000.
    pub per_page: u32,
}

impl Default for OrgUserQuery {
    fn default() -> Self {
        Self {
            email: String::new(),
            status: None,
            group: None,
            sign_in: None,
            sort: OrgUserOrder::default(),
            page: 1,
            per_page: 50,
        }
    }
}

/// One page of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgUsersPage {
    /// Users on the page, in the requested order.
    pub rows: Vec<OrgUser>,
    /// Number of users on all pages that the filter matches.
    pub total: i64,
}

/// Group with the number of its users.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct GroupCount {
    /// Name of the group.
    pub name: String,
    /// Number of users in the group.
    pub users: i64,
}

from_columns!(Groups {
    user_groups: Option<Json<Vec<OrgUserGroup>>>
} => Option<Vec<OrgUserGroup>>: user_groups.map(|Json(groups)| groups));

from_columns!(SignIn {
    last_sign_in_at: Option<Timestamp>, never_signed_in: bool
} => LastSignIn: match last_sign_in_at {
    Some(at) => LastSignIn::At(at),
    None if never_signed_in => LastSignIn::Never,
    None => LastSignIn::Unknown,
});

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, email, record_type, status, bypasses_sso, user_groups, created_at, last_sign_in_at, \
             never_signed_in FROM org_users ",
            $rest
        )
    };
}

/// Keeps others from replacing the snapshot until the transaction ends.
pub async fn lock_snapshot(tx: &mut Tx) -> Result<()> {
    within!(tx => query(
        "INSERT INTO leases (name, holder, until) VALUES ('org_users', $1, 0)
         ON CONFLICT (name) DO UPDATE SET until = excluded.until",
        uuid::Uuid::nil(),
    ).execute);
    Ok(())
}

/// Replaces all users by these.
pub async fn replace_all(tx: &mut Tx, users: &[OrgUser], observed_at: Timestamp) -> Result<()> {
    within!(&mut *tx => query("DELETE FROM org_user_groups").execute);
    within!(&mut *tx => query("DELETE FROM org_users").execute);
    for (place, user) in (0_i64..).zip(users) {
        insert(tx, place, user, observed_at).await?;
    }
    Ok(())
}

async fn insert(tx: &mut Tx, place: i64, user: &OrgUser, observed_at: Timestamp) -> Result<()> {
    let email = user.email.as_deref().map(replace_nul);
    let last_sign_in = match user.last_sign_in {
        LastSignIn::At(at) => Some(at),
        LastSignIn::Never | LastSignIn::Unknown => None,
    };
    within!(&mut *tx => query(
        "INSERT INTO org_users (place, id, email, email_folded, email_key, record_type, status, bypasses_sso, user_groups,
            created_at, last_sign_in_at, never_signed_in, observed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        place, &user.id, email.as_deref(), folded(email.as_deref().unwrap_or_default()),
        email::key(email.as_deref().unwrap_or_default()), user.kind, user.status, user.bypasses_sso,
        user.groups.as_ref().map(Json), user.created_at, last_sign_in, user.last_sign_in == LastSignIn::Never, observed_at,
    ).execute);
    for group in user.groups.iter().flatten() {
        within!(&mut *tx => query(
            "INSERT INTO org_user_groups (place, name) VALUES ($1, $2) ON CONFLICT (place, name) DO NOTHING",
            place, replace_nul(&group.name),
        ).execute);
    }
    Ok(())
}

/// Deletes a user who was removed, if the snapshot has them.
pub async fn remove(tx: &mut Tx, id: &OrgUserId) -> Result<()> {
    within!(tx => query("DELETE FROM org_users WHERE id = $1", id).execute);
    Ok(())
}

macro_rules! filtered {
    ($filter:expr, $query:ident) => {{
        let filter = $filter;
        for word in search_words(&replace_nul(&filter.email)) {
            let pattern = format!("%{}%", escape_like(&word));
            $query
                .push(" AND (email_folded LIKE ")
                .push_bind(pattern.clone());
            $query
                .push(" ESCAPE '\\' OR LOWER(id) LIKE ")
                .push_bind(pattern)
                .push(" ESCAPE '\\')");
        }
        if let Some(status) = filter.status {
            $query.push(" AND status = ").push_bind(status);
        }
        if let Some(group) = &filter.group {
            $query.push(" AND place IN (SELECT place FROM org_user_groups WHERE name = ");
            $query.push_bind(replace_nul(group)).push(")");
        }
        if let Some((sign_in, now)) = filter.sign_in {
            match sign_in.before(now) {
                None => {
                    $query.push(" AND never_signed_in");
                }
                Some(before) => {
                    $query
                        .push(" AND (last_sign_in_at < ")
                        .push_bind(before)
                        .push(" OR (never_signed_in AND COALESCE(created_at, 0) < ")
                        .push_bind(before)
                        .push("))");
                }
            }
        }
    }};
}

/// Returns one page of users.
pub async fn list(db: &Db, filter: &OrgUserQuery) -> Result<OrgUsersPage> {
    let per = i64::from(filter.per_page.clamp(1, 1_000));
    let skip = i64::from(filter.page.max(1) - 1) * per;
    let total: i64 = on!(db, pool => {
        let mut counted = QueryBuilder::new("SELECT COUNT(*) FROM org_users WHERE TRUE");
        filtered!(filter, counted);
        counted.build_query_scalar().fetch_one(pool).await?
    });
    let rows = on!(db, pool => {
        let mut found = QueryBuilder::new(select!("WHERE TRUE"));
        filtered!(filter, found);
        found.push(" ORDER BY ").push(filter.sort.sql()).push(" LIMIT ").push_bind(per).push(" OFFSET ").push_bind(skip);
        found.build_query_as().fetch_all(pool).await?
    });
    Ok(OrgUsersPage { rows, total })
}

/// Returns all users, sorted by email address.
pub async fn all(db: &Db) -> Result<Vec<OrgUser>> {
    matching(db, &OrgUserQuery::default()).await
}

/// Returns the users of all pages that the filter matches, in its order.
pub async fn matching(db: &Db, filter: &OrgUserQuery) -> Result<Vec<OrgUser>> {
    let mut users = Vec::new();
    for page in 1.. {
        let filter = OrgUserQuery {
            page,
            per_page: 1_000,
            ..filter.clone()
        };
        let rows = list(db, &filter).await?.rows;
        let is_full = rows.len() == 1_000;
        users.extend(rows);
        if !is_full {
            break;
        }
    }
    Ok(users)
}

/// Returns one user by ID.
pub async fn by_id(db: &Db, id: &OrgUserId) -> Result<Option<OrgUser>> {
    Ok(on!(db => query_as(select!("WHERE id = $1 ORDER BY place LIMIT 1"), id).fetch_optional))
}

/// Returns one user by email address: see [`email::key`].
pub async fn by_email(db: &Db, email: &str) -> Result<Option<OrgUser>> {
    Ok(on!(db => query_as(
        select!("WHERE email_key = $1 AND email_key <> '' ORDER BY place LIMIT 1"),
        email::key(&replace_nul(email)),
    ).fetch_optional))
}

/// Returns all groups with the number of their users, by name; at most 1,000.
pub async fn groups(db: &Db) -> Result<Vec<GroupCount>> {
    Ok(on!(db => query_as(
        "SELECT name, COUNT(*) AS users FROM org_user_groups GROUP BY name ORDER BY name LIMIT 1000",
    ).fetch_all))
}
