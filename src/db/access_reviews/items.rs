//! Users of an access review, as they were at its start, with what was decided about each.

use std::collections::HashMap;

use sqlx::{FromRow, QueryBuilder};

use crate::db::org_users::OrgUser;
use crate::db::types::Json;
use crate::db::{Db, Result, Tx, escape_like, push_list, replace_nul};
use crate::domain::access_review::{DecisionFilter, ReviewChange, ReviewDecision, ReviewSubset};
use crate::domain::actor::Actor;
use crate::domain::ids::AccessReviewId;
use crate::domain::org_user::{LastSignIn, OrgUserKind};
use crate::domain::text::{folded, search_words};
use crate::domain::time::Timestamp;

/// Number of rows that one statement inserts.
const ROWS_PER_STATEMENT: usize = 200;

/// User of a review.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ReviewItem {
    /// Number of the user in the review, from 1.
    pub place: i64,
    /// User as they were at the start of the review.
    #[sqlx(flatten)]
    pub user: OrgUser,
    /// Change since the earlier review.
    pub change: ReviewChange,
    /// Earlier groups, if they differ.
    #[sqlx(flatten, try_from = "GroupsBefore")]
    pub groups_before: Option<Vec<String>>,
    /// Earlier kind, if it differs.
    pub kind_before: Option<OrgUserKind>,
    /// Decision about the user; `None` if there is none yet.
    #[sqlx(flatten, try_from = "StoredDecision")]
    pub decision: Option<DecisionRecord>,
    /// Number of decisions so far, so that an outdated form is detected.
    pub version: i64,
    /// True if Telnyx listed the user when the users were last read.
    pub is_present: bool,
}

/// Decision with its note, and who made it when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRecord {
    /// Decision.
    pub decision: ReviewDecision,
    /// Note about it; may be empty.
    pub note: String,
    /// Name of the person who decided.
    pub by_name: String,
    /// Email address of the person who decided.
    pub by_email: String,
    /// Time of the decision.
    pub at: Timestamp,
}

from_columns!(GroupsBefore {
    groups_before: Option<Json<Vec<String>>>
} => Option<Vec<String>>: groups_before.map(|Json(groups)| groups));

from_columns!(StoredDecision {
    decision: Option<ReviewDecision>, note: String, decided_by_name: Option<String>,
    decided_by_email: Option<String>, decided_at: Option<Timestamp>
} => Option<DecisionRecord>: decision.zip(decided_at).map(|(decision, at)| DecisionRecord {
    decision,
    note,
    by_name: decided_by_name.unwrap_or_default(),
    by_email: decided_by_email.unwrap_or_default(),
    at,
}));

/// User to insert into a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReviewItem {
    /// User as they are now, or as they were when they left.
    pub user: OrgUser,
    /// Change since the earlier review.
    pub change: ReviewChange,
    /// Earlier groups, if they differ.
    pub groups_before: Option<Vec<String>>,
    /// Earlier kind, if it differs.
    pub kind_before: Option<OrgUserKind>,
}

/// Numbers of a review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct ReviewCounts {
    /// Users who need a decision.
    pub users: i64,
    /// Users without a decision.
    pub undecided: i64,
    /// Users to keep.
    pub keep: i64,
    /// Users to remove.
    pub remove: i64,
    /// Users to remove whom Telnyx still listed when the users were last read.
    pub still_present: i64,
    /// Users who are new since the earlier review.
    pub joined: i64,
    /// Users with other groups or another kind.
    pub changed: i64,
    /// Users who left since the earlier review.
    pub leavers: i64,
    /// Sum of the versions of all rows. It grows with each decision.
    pub version: i64,
}

/// Filter of a review's users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFilter {
    /// Part of the email address or ID; blank for all users.
    pub q: String,
    /// Decision about the users.
    pub decision: Option<DecisionFilter>,
    /// Part of the users.
    pub subset: Option<ReviewSubset>,
}

/// SQL that is true if Telnyx listed the user of a row `i` when the users were last read.
macro_rules! is_present {
    () => {
        "CASE WHEN i.id IS NULL
            THEN EXISTS (SELECT 1 FROM org_users u WHERE u.id IS NULL AND u.email = i.email)
            ELSE EXISTS (SELECT 1 FROM org_users u WHERE u.id = i.id) END"
    };
}

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT i.place, i.id, i.email, i.record_type, i.status, i.bypasses_sso, i.user_groups, i.created_at, \
             i.last_sign_in_at, i.never_signed_in, i.change, i.groups_before, i.kind_before, i.decision, i.note, \
             i.decided_by_name, i.decided_by_email, i.decided_at, i.version, ",
            is_present!(),
            " AS is_present FROM access_review_items i WHERE i.review_id = ",
            $rest
        )
    };
}

macro_rules! filtered {
    ($filter:expr, $query:ident) => {{
        let filter = $filter;
        $query.push(" AND i.change <> 'left'");
        for word in search_words(&replace_nul(&filter.q)) {
            let pattern = format!("%{}%", escape_like(&word));
            $query
                .push(" AND (i.email_folded LIKE ")
                .push_bind(pattern.clone());
            $query
                .push(" ESCAPE '\\' OR LOWER(i.id) LIKE ")
                .push_bind(pattern)
                .push(" ESCAPE '\\')");
        }
        match filter.decision {
            Some(DecisionFilter::Undecided) => {
                $query.push(" AND i.decision IS NULL");
            }
            Some(decision) => {
                $query
                    .push(" AND i.decision = ")
                    .push_bind(decision.as_str());
            }
            None => {}
        }
        match filter.subset {
            Some(ReviewSubset::Never) => {
                $query.push(" AND i.never_signed_in");
            }
            Some(ReviewSubset::Changed) => {
                $query.push(" AND i.change <> 'unchanged'");
            }
            Some(ReviewSubset::StillPresent) => {
                $query.push(concat!(" AND i.decision = 'remove' AND ", is_present!()));
            }
            None => {}
        }
    }};
}

/// Returns one page of a review's users, sorted by email address. `page` counts from 1.
pub async fn page(
    db: &Db,
    review: AccessReviewId,
    filter: &ItemFilter,
    page: u32,
    per: u32,
) -> Result<Vec<ReviewItem>> {
    let skip = i64::from(page.max(1) - 1) * i64::from(per);
    Ok(on!(db, pool => {
        let mut query = QueryBuilder::new(columns!(""));
        query.push_bind(review);
        filtered!(filter, query);
        query.push(" ORDER BY i.place LIMIT ").push_bind(i64::from(per)).push(" OFFSET ").push_bind(skip);
        query.build_query_as().fetch_all(pool).await?
    }))
}

/// Returns the number of a review's users that the filter matches.
pub async fn count(db: &Db, review: AccessReviewId, filter: &ItemFilter) -> Result<i64> {
    Ok(on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT COUNT(*) FROM access_review_items i WHERE i.review_id = ");
        query.push_bind(review);
        filtered!(filter, query);
        query.build_query_scalar().fetch_one(pool).await?
    }))
}

/// Returns all users of a review, those who left at the end.
pub async fn all(db: &Db, review: AccessReviewId) -> Result<Vec<ReviewItem>> {
    Ok(on!(db => query_as(columns!("$1 ORDER BY i.place"), review).fetch_all))
}

/// Returns the same as [`all`], within a transaction.
pub async fn all_in_tx(tx: &mut Tx, review: AccessReviewId) -> Result<Vec<ReviewItem>> {
    Ok(within!(tx => query_as(columns!("$1 ORDER BY i.place"), review).fetch_all))
}

/// Returns one user of a review. A user who left counts as absent.
pub async fn by_place(db: &Db, review: AccessReviewId, place: i64) -> Result<Option<ReviewItem>> {
    Ok(on!(db => query_as(
        columns!("$1 AND i.place = $2 AND i.change <> 'left'"), review, place,
    ).fetch_optional))
}

/// Returns the users who left since the earlier review, at most `limit`.
pub async fn leavers(db: &Db, review: AccessReviewId, limit: i64) -> Result<Vec<ReviewItem>> {
    Ok(on!(db => query_as(
        columns!("$1 AND i.change = 'left' ORDER BY i.place LIMIT $2"), review, limit,
    ).fetch_all))
}

/// Appends the query of the numbers of reviews. The condition on `i.review_id` follows.
macro_rules! count_columns {
    ($first:literal) => {
        concat!(
            "SELECT ",
            $first,
            "COUNT(*) FILTER (WHERE r.change <> 'left') AS users,
                COUNT(*) FILTER (WHERE r.change <> 'left' AND r.decision IS NULL) AS undecided,
                COUNT(*) FILTER (WHERE r.decision = 'keep') AS keep,
                COUNT(*) FILTER (WHERE r.decision = 'remove') AS remove,
                COUNT(*) FILTER (WHERE r.decision = 'remove' AND r.is_present) AS still_present,
                COUNT(*) FILTER (WHERE r.change = 'joined') AS joined,
                COUNT(*) FILTER (WHERE r.change = 'changed') AS changed,
                COUNT(*) FILTER (WHERE r.change = 'left') AS leavers,
                CAST(COALESCE(SUM(r.version), 0) AS BIGINT) AS version
             FROM (SELECT i.review_id, i.change, i.decision, i.version,
                CASE WHEN i.decision = 'remove' THEN ",
            is_present!(),
            " ELSE FALSE END AS is_present
                FROM access_review_items i WHERE i.review_id "
        )
    };
}

/// Returns the numbers of one review.
pub async fn counts(db: &Db, review: AccessReviewId) -> Result<ReviewCounts> {
    Ok(on!(db => query_as(concat!(count_columns!(""), "= $1) r"), review).fetch_one))
}

/// Returns the numbers of one review, within a transaction.
pub async fn counts_in_tx(tx: &mut Tx, review: AccessReviewId) -> Result<ReviewCounts> {
    Ok(within!(tx => query_as(concat!(count_columns!(""), "= $1) r"), review).fetch_one))
}

#[derive(FromRow)]
struct CountsOfReview {
    review_id: AccessReviewId,
    #[sqlx(flatten)]
    counts: ReviewCounts,
}

/// Returns the numbers of several reviews.
pub async fn counts_of(
    db: &Db,
    reviews: &[AccessReviewId],
) -> Result<HashMap<AccessReviewId, ReviewCounts>> {
    if reviews.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<CountsOfReview> = on!(db, pool => {
        let mut query = QueryBuilder::new(concat!(count_columns!("r.review_id, "), "IN ("));
        push_list(&mut query, reviews);
        query.push(") r GROUP BY r.review_id");
        query.build_query_as().fetch_all(pool).await?
    });
    let pairs = rows.into_iter().map(|row| (row.review_id, row.counts));
    Ok(pairs.collect())
}

/// Inserts the users of a review in this order.
pub async fn insert(tx: &mut Tx, review: AccessReviewId, items: &[NewReviewItem]) -> Result<()> {
    let numbered: Vec<_> = (1_i64..).zip(items).collect();
    for items in numbered.chunks(ROWS_PER_STATEMENT) {
        within!(&mut *tx, conn => {
            let mut query = QueryBuilder::new(
                "INSERT INTO access_review_items (review_id, place, id, email, email_folded, record_type, status,
                    bypasses_sso, user_groups, created_at, last_sign_in_at, never_signed_in, change, groups_before,
                    kind_before) ",
            );
            query.push_values(items, |mut row, (place, item)| {
                let user = &item.user;
                let last_sign_in = match user.last_sign_in {
                    LastSignIn::At(at) => Some(at),
                    LastSignIn::Never | LastSignIn::Unknown => None,
                };
                let email = user.email.as_deref().map(replace_nul);
                row.push_bind(review)
                    .push_bind(*place)
                    .push_bind(user.id.clone())
                    .push_bind(email.clone())
                    .push_bind(folded(&email.unwrap_or_default()))
                    .push_bind(user.kind)
                    .push_bind(user.status)
                    .push_bind(user.bypasses_sso)
                    .push_bind(user.groups.clone().map(Json))
                    .push_bind(user.created_at)
                    .push_bind(last_sign_in)
                    .push_bind(user.last_sign_in == LastSignIn::Never)
                    .push_bind(item.change)
                    .push_bind(item.groups_before.clone().map(Json))
                    .push_bind(item.kind_before);
            });
            query.build().execute(&mut *conn).await?;
        });
    }
    Ok(())
}

/// Stores a decision about a user, if their row still has this version. The review must be locked.
pub async fn decide(
    tx: &mut Tx,
    review: AccessReviewId,
    (place, version): (i64, i64),
    (decision, note): (ReviewDecision, &str),
    (actor, at): (&Actor, Timestamp),
) -> Result<bool> {
    let changed = within!(tx => query(
        "UPDATE access_review_items SET decision = $4, note = $5, decided_by_name = $6, decided_by_email = $7,
            decided_at = $8, version = version + 1
         WHERE review_id = $1 AND place = $2 AND version = $3 AND change <> 'left'",
        review, place, version, decision, note, &actor.name, &actor.email, at,
    ).execute);
    Ok(changed > 0)
}
