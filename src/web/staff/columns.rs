//! Columns of the list of the staff, and the orders that it can be sorted by.

use std::cmp::Ordering;

use super::StaffStatus;
use crate::db::staff::Staff;
use crate::domain::column_order::ColumnOrder;
use crate::domain::role::Role;
use crate::domain::string_enum::string_enum;
use crate::web::listing::Column;

string_enum! {
    /// Column by which the staff are sorted.
    #[derive(Default)]
    pub(super) enum StaffColumn {
        /// By name; people who are disabled come last.
        #[default]
        Name = "name";
        /// By status, then by name.
        Status = "status";
        /// By role, then by name.
        Role = "role";
        /// By second factor, then by name.
        Factor = "factor";
        /// By the last sign-in; people who never signed in come last.
        LastSignIn = "last-sign-in";
        /// By the time at which they were added.
        Added = "added";
    }
}

pub(super) type StaffOrder = ColumnOrder<StaffColumn>;

pub(super) const COLUMNS: [Column<StaffOrder>; 6] = [
    Column::new("name", "Name")
        .fixed()
        .sorted(orders(StaffColumn::Name, ["Name, A to Z", "Name, Z to A"])),
    Column::new("status", "Status").sorted(orders(
        StaffColumn::Status,
        ["Status, active first", "Status, disabled first"],
    )),
    Column::new("role", "Role").sorted(orders(
        StaffColumn::Role,
        ["Role, owners first", "Role, viewers first"],
    )),
    Column::new("factor", "Second factor").sorted(orders(
        StaffColumn::Factor,
        ["Second factor, without first", "Second factor, with first"],
    )),
    Column::new("last-sign-in", "Last sign-in").sorted(orders(
        StaffColumn::LastSignIn,
        [
            "Last sign-in, longest ago first",
            "Last sign-in, latest first",
        ],
    )),
    Column::new("added", "Added").optional().sorted(orders(
        StaffColumn::Added,
        ["Added, oldest first", "Added, newest first"],
    )),
];

const fn orders(
    by: StaffColumn,
    [ascending, descending]: [&'static str; 2],
) -> [(StaffOrder, &'static str); 2] {
    let [up, down] = ColumnOrder::both(by);
    [(up, ascending), (down, descending)]
}

/// Sorts people who are in the order of their names, those who are disabled last.
pub(super) fn sort(people: &mut [Staff], order: StaffOrder) {
    let directed = |ordering: Ordering| {
        if order.descending {
            ordering.reverse()
        } else {
            ordering
        }
    };
    match order.by {
        StaffColumn::Name => {
            if order.descending {
                people.reverse();
                people.sort_by_key(|staff| staff.disabled_at.is_some());
            }
        }
        StaffColumn::Status => sort_by_rank(people, directed, |staff| {
            position(&StaffStatus::ALL, &StaffStatus::of(staff))
        }),
        StaffColumn::Role => {
            sort_by_rank(people, directed, |staff| position(&Role::ALL, &staff.role));
        }
        StaffColumn::Factor => sort_by_rank(people, directed, |staff| staff.second_factor),
        StaffColumn::LastSignIn => {
            people.sort_by(|a, b| match (a.last_sign_in_at, b.last_sign_in_at) {
                (Some(a), Some(b)) => directed(a.cmp(&b)),
                (a, b) => b.is_some().cmp(&a.is_some()),
            });
        }
        StaffColumn::Added => sort_by_rank(people, directed, |staff| staff.created_at),
    }
}

fn sort_by_rank<T: Ord>(
    people: &mut [Staff],
    directed: impl Fn(Ordering) -> Ordering,
    rank: impl Fn(&Staff) -> T,
) {
    people.sort_by(|a, b| directed(rank(a).cmp(&rank(b))));
}

fn position<T: PartialEq>(all: &[T], value: &T) -> Option<usize> {
    all.iter().position(|other| other == value)
}
