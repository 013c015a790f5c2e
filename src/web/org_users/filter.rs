//! Filter of the list of users, as its address has it.

use super::columns::COLUMNS;
use crate::db::org_users::{OrgUserOrder, OrgUserQuery};
use crate::domain::org_user::{OrgUserStatus, SignInFilter};
use crate::domain::time::Timestamp;
use crate::web::columns::ColumnsList;
use crate::web::layout::Section;
use crate::web::listing::{Column, Filter, Param, Query, Value, choice_param, read};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct OrgUsersFilter {
    pub email: String,
    pub status: Option<OrgUserStatus>,
    pub group: String,
    pub sign_in: Option<SignInFilter>,
}

/// Parsed address of the list.
pub(super) type OrgUsersQuery = Query<OrgUsersFilter>;

impl ColumnsList for OrgUsersFilter {
    const SECTION: Section = Section::OrgUsers;
}

impl Filter for OrgUsersFilter {
    type Order = OrgUserOrder;

    const PATH: &'static str = "/org-users";
    const COLUMNS: &'static [Column<OrgUserOrder>] = &COLUMNS;
    const PARAMS: &'static [Param<Self>] = &[
        Param::new(
            "email",
            |filter, value| read::search(&mut filter.email, value),
            |filter| Value::of_text(&filter.email, "Email"),
        ),
        Param::new(
            "status",
            |filter, value| {
                let mut listed = OrgUserStatus::LISTED.into_iter();
                read::choice(&mut filter.status, "status", value, |word| {
                    listed.find(|status| status.as_str() == word)
                })
            },
            |filter| {
                Value::of(
                    filter.status,
                    |status| status.as_str().to_owned(),
                    |status| format!("Status: {}", status.label()),
                )
            },
        ),
        Param::new(
            "group",
            |filter, value| {
                value.clone_into(&mut filter.group);
                Ok(())
            },
            |filter| Value::of_text(&filter.group, "Group"),
        ),
        choice_param!("signed-in", sign_in, "last sign-in", "{}"),
    ];

    fn read_order(value: &str) -> Result<OrgUserOrder, String> {
        OrgUserOrder::parse(value).ok_or_else(|| {
            format!(
                "Unknown sort order {} ignored. Sorted by email.",
                read::quote_shortened(value)
            )
        })
    }

    fn write_order(order: OrgUserOrder) -> String {
        order.as_text()
    }
}

/// Returns the query of the database, seen from this time.
pub(super) fn db_query(query: &OrgUsersQuery, now: Timestamp) -> OrgUserQuery {
    let OrgUsersFilter {
        email,
        status,
        group,
        sign_in,
    } = query.filter.clone();
    OrgUserQuery {
        email,
        status,
        group: Some(group).filter(|group| !group.is_empty()),
        sign_in: sign_in.map(|sign_in| (sign_in, now)),
        sort: query.order,
        page: query.page,
        per_page: query.page_size,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_of_an_address_is_ignored_with_a_word_each() {
        let query = OrgUsersQuery::parse(&format!(
            "email={}&status=x&page=0&other=1&group=%FF&signed-in=x",
            "a".repeat(300)
        ));
        assert_eq!(query.ignored.len(), 6, "{:?}", query.ignored);
        assert_eq!(
            (query.filter.email.len(), query.filter.status, query.page),
            (200, None, 1)
        );
        let query = OrgUsersQuery::parse("email=jo%25&status=Blocked&group=R%26D&page=2");
        assert_eq!(
            query.href(),
            "/org-users?email=jo%25&status=blocked&group=R%26D&page=2"
        );
        let chip = &query.chips()[1];
        assert_eq!(
            (&*chip.label, &*chip.href),
            ("Status: Blocked", "/org-users?email=jo%25&group=R%26D")
        );
    }
}
