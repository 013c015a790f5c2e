//! Columns of the list.

use crate::db::org_users::{OrgUserColumn, OrgUserOrder};
use crate::web::listing::Column;

pub(super) const COLUMNS: [Column<OrgUserOrder>; 8] = [
    Column::new("email", "Email").fixed().sorted(orders(
        OrgUserColumn::Email,
        ["Email, A to Z", "Email, Z to A"],
    )),
    Column::new("status", "Status").sorted(orders(
        OrgUserColumn::Status,
        ["Status", "Status, reversed"],
    )),
    Column::new("kind", "Kind").sorted(orders(OrgUserColumn::Kind, ["Kind", "Kind, reversed"])),
    Column::new("groups", "Groups").sorted(orders(
        OrgUserColumn::Groups,
        ["Groups, A to Z", "Groups, Z to A"],
    )),
    Column::new("last-sign-in", "Last sign-in").sorted(orders(
        OrgUserColumn::LastSignIn,
        [
            "Last sign-in, longest ago first",
            "Last sign-in, latest first",
        ],
    )),
    Column::new("created", "Added").optional().sorted(orders(
        OrgUserColumn::Created,
        ["Added, oldest first", "Added, newest first"],
    )),
    Column::new("bypasses-sso", "Password sign-in")
        .optional()
        .sorted(orders(
            OrgUserColumn::BypassesSso,
            ["Password sign-in, no first", "Password sign-in, yes first"],
        )),
    Column::new("id", "ID")
        .optional()
        .sorted(orders(OrgUserColumn::Id, ["ID", "ID, reversed"])),
];

const fn orders(
    by: OrgUserColumn,
    [ascending, descending]: [&'static str; 2],
) -> [(OrgUserOrder, &'static str); 2] {
    let (up, down) = (
        OrgUserOrder {
            by,
            descending: false,
        },
        OrgUserOrder {
            by,
            descending: true,
        },
    );
    [(up, ascending), (down, descending)]
}
