//! Comparison of the present users with those of the last signed-off review.

use std::collections::HashMap;

use crate::db::access_reviews::items::{NewReviewItem, ReviewItem};
use crate::db::org_users::OrgUser;
use crate::domain::access_review::ReviewChange;
use crate::domain::email;

/// Returns the users of a new review, each with its change since the earlier one. Users who left
/// are at the end.
#[must_use]
pub fn compare(users: Vec<OrgUser>, before: Option<Vec<ReviewItem>>) -> Vec<NewReviewItem> {
    let Some(before) = before else {
        return users.into_iter().map(unchanged).collect();
    };
    let listed = before
        .into_iter()
        .filter(|item| item.change != ReviewChange::Left);
    let order: Vec<OrgUser> = listed.map(|item| item.user).collect();
    let mut earlier: HashMap<String, &OrgUser> =
        order.iter().map(|user| (key(user), user)).collect();
    let mut items: Vec<NewReviewItem> = users
        .into_iter()
        .map(|user| match earlier.remove(&key(&user)) {
            Some(earlier) => compared(user, earlier),
            None => NewReviewItem {
                change: ReviewChange::Joined,
                ..unchanged(user)
            },
        })
        .collect();
    let left = order.iter().filter(|user| earlier.contains_key(&key(user)));
    items.extend(left.map(|user| NewReviewItem {
        change: ReviewChange::Left,
        ..unchanged(user.clone())
    }));
    items
}

/// Returns a text that identifies a user: the ID, or else the email address.
fn key(user: &OrgUser) -> String {
    match &user.id {
        Some(id) => format!("id:{id}"),
        None => format!(
            "email:{}",
            email::key(user.email.as_deref().unwrap_or_default())
        ),
    }
}

const fn unchanged(user: OrgUser) -> NewReviewItem {
    NewReviewItem {
        user,
        change: ReviewChange::Unchanged,
        groups_before: None,
        kind_before: None,
    }
}

fn compared(user: OrgUser, earlier: &OrgUser) -> NewReviewItem {
    let (now, before) = (group_names(&user), group_names(earlier));
    // Groups that Telnyx did not report say nothing about a change.
    let groups_before = before.filter(|before| now.is_some_and(|now| now != *before));
    let kind_before = Some(earlier.kind).filter(|kind| *kind != user.kind);
    let is_changed = groups_before.is_some() || kind_before.is_some();
    NewReviewItem {
        user,
        change: if is_changed {
            ReviewChange::Changed
        } else {
            ReviewChange::Unchanged
        },
        groups_before,
        kind_before,
    }
}

/// Returns the names of a user's groups in a fixed order. `None` if Telnyx did not report them.
fn group_names(user: &OrgUser) -> Option<Vec<String>> {
    let groups = user.groups.as_ref()?;
    let mut names: Vec<String> = groups.iter().map(|group| group.name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::org_user::{LastSignIn, OrgUserGroup, OrgUserKind, OrgUserStatus};

    fn user(id: Option<&str>, email: &str, groups: Option<&[&str]>) -> OrgUser {
        let group = |name: &&str| OrgUserGroup {
            id: None,
            name: (*name).to_owned(),
        };
        OrgUser {
            id: id.map(|id| id.parse().expect("an ID")),
            email: Some(email.to_owned()),
            kind: OrgUserKind::SubUser,
            status: OrgUserStatus::Enabled,
            bypasses_sso: None,
            groups: groups.map(|groups| groups.iter().map(group).collect()),
            created_at: None,
            last_sign_in: LastSignIn::Never,
        }
    }

    fn stored(user: OrgUser, change: ReviewChange) -> ReviewItem {
        ReviewItem {
            place: 1,
            user,
            change,
            groups_before: None,
            kind_before: None,
            decision: None,
            version: 1,
            is_present: true,
        }
    }

    #[test]
    fn joiners_leavers_and_changes_are_found_by_id_or_else_by_email() {
        let before = [
            user(Some("a1"), "ann@example.com", Some(&["Support", "Billing"])),
            user(Some("b1"), "ben@example.com", Some(&["Support"])),
            user(None, "cat@example.com", None),
            user(Some("d1"), "dan@example.com", Some(&[])),
        ];
        let mut before: Vec<ReviewItem> = before
            .map(|user| stored(user, ReviewChange::Unchanged))
            .into();
        let gone = user(Some("x1"), "xia@example.com", None);
        before.push(stored(gone, ReviewChange::Left));
        let owner = OrgUser {
            kind: OrgUserKind::Owner,
            ..user(Some("d1"), "dan@example.com", Some(&[]))
        };
        let now = vec![
            user(
                Some("a1"),
                "ann.new@example.com",
                Some(&["Billing", "Support"]),
            ),
            user(None, "CAT@example.com", Some(&["Sales"])),
            owner,
            user(Some("e1"), "eve@example.com", Some(&[])),
        ];
        let items = compare(now, Some(before));
        let changes: Vec<_> = items
            .iter()
            .map(|item| (item.user.email.as_deref().unwrap_or(""), item.change))
            .collect();
        assert_eq!(
            changes,
            [
                ("ann.new@example.com", ReviewChange::Unchanged),
                ("CAT@example.com", ReviewChange::Unchanged),
                ("dan@example.com", ReviewChange::Changed),
                ("eve@example.com", ReviewChange::Joined),
                ("ben@example.com", ReviewChange::Left),
            ]
        );
        assert_eq!(items[2].kind_before, Some(OrgUserKind::SubUser));
    }

    #[test]
    fn without_an_earlier_review_nothing_is_a_change() {
        let items = compare(vec![user(Some("a1"), "a@example.com", None)], None);
        assert_eq!(items[0].change, ReviewChange::Unchanged);
    }
}
