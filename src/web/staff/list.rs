//! List of the staff: who has which role and second factor, and who was last here. Also as a file.

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};

use super::StaffStatus;
use super::columns::{self as staff_columns, COLUMNS, StaffColumn, StaffOrder};
use crate::app::App;
use crate::db::links;
use crate::db::staff::{self, Staff};
use crate::domain::ids::StaffId;
use crate::domain::role::{Permission, Role};
use crate::domain::string_enum::string_enum;
use crate::domain::text::group_thousands;
use crate::domain::time::Timestamp;
use crate::web::access::{Authorized, Read, Viewer};
use crate::web::columns::{self, ColumnsList, ShownColumns};
use crate::web::error::Error;
use crate::web::export::{self, Cell};
use crate::web::format::FormattedTime;
use crate::web::layout::{Layout, Section};
use crate::web::listing::{
    self, Column, Filter, Heading, Pager, Param, Query, SelectOption, choice_param, read,
};
use crate::web::render;

/// Columns of the file.
const HEADER: [&str; 10] = [
    "id",
    "name",
    "email",
    "role",
    "status",
    "second_factor",
    "last_sign_in_at",
    "created_at",
    "invitation_expires_at",
    "disabled_at",
];

string_enum! {
    /// State of a person's second factor.
    enum SecondFactor {
        /// They have an authenticator app or a passkey.
        Set = "set", "Set up";
        /// They have none.
        None = "none", "None";
    }
}

impl SecondFactor {
    const fn of(staff: &Staff) -> Self {
        if staff.second_factor {
            Self::Set
        } else {
            Self::None
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct StaffListFilter {
    role: Option<Role>,
    status: Option<StaffStatus>,
    second_factor: Option<SecondFactor>,
}

type StaffListQuery = Query<StaffListFilter>;

impl ColumnsList for StaffListFilter {
    const SECTION: Section = Section::Staff;
}

impl Filter for StaffListFilter {
    type Order = StaffOrder;

    const PATH: &'static str = "/staff";
    const COLUMNS: &'static [Column<StaffOrder>] = &COLUMNS;
    const PARAMS: &'static [Param<Self>] = &[
        choice_param!("role", role, "role", "Role: {}"),
        choice_param!("status", status, "status", "Status: {}"),
        choice_param!(
            "factor",
            second_factor,
            "second factor",
            "Second factor: {}"
        ),
    ];

    fn read_order(value: &str) -> Result<StaffOrder, String> {
        StaffOrder::parse(value).ok_or_else(|| {
            format!(
                "Unknown sort order {} ignored. The list is sorted by name.",
                read::quote_shortened(value)
            )
        })
    }

    fn write_order(order: StaffOrder) -> String {
        order.as_text(StaffColumn::as_str)
    }
}

impl StaffListFilter {
    fn matches(&self, staff: &Staff) -> bool {
        self.role.is_none_or(|role| staff.role == role)
            && self
                .status
                .is_none_or(|status| StaffStatus::of(staff) == status)
            && self
                .second_factor
                .is_none_or(|factor| SecondFactor::of(staff) == factor)
    }
}

#[derive(Template)]
#[template(path = "staff/list.html")]
struct ListPage {
    layout: Layout,
    query: StaffListQuery,
    columns: ShownColumns<StaffOrder>,
    people: Vec<Person>,
    total: i64,
    pager: Pager,
    may_manage: bool,
}

/// Row of the list.
struct Person {
    id: StaffId,
    name: String,
    email: String,
    role: &'static str,
    status: StaffStatus,
    has_second_factor: bool,
    /// Time at which their invitation ends; `None` without one, or if it has ended.
    invitation_ends: Option<FormattedTime>,
    last_sign_in: FormattedTime,
    added: FormattedTime,
    is_oneself: bool,
}

impl Person {
    fn new(staff: Staff, viewer: &Viewer, invitations: &HashMap<StaffId, Timestamp>) -> Self {
        let status = StaffStatus::of(&staff);
        let expires = invitations.get(&staff.id);
        Self {
            id: staff.id,
            role: staff.role.label(),
            status,
            has_second_factor: staff.second_factor,
            invitation_ends: expires.map(|at| viewer.times().format(*at)),
            last_sign_in: viewer.times().format_or_never(staff.last_sign_in_at),
            added: viewer.times().format(staff.created_at),
            is_oneself: staff.id == viewer.staff().id,
            name: staff.name,
            email: staff.email,
        }
    }
}

impl Person {
    fn is_invited(&self) -> bool {
        self.status == StaffStatus::Invited
    }
}

impl ListPage {
    fn shown(&self) -> String {
        let noun = if self.total == 1 { "person" } else { "people" };
        if self.pager.previous.is_empty() && self.pager.next.is_empty() {
            return format!("{} {noun}", group_thousands(self.total));
        }
        format!("{} {noun}", self.pager.shown)
    }

    fn headings(&self) -> Vec<Heading> {
        self.query.headings(&self.columns.shown)
    }

    fn sort_options(&self) -> Vec<SelectOption> {
        self.query.sort_options()
    }

    /// Returns the filters, each with its parameter, label and choices.
    fn filters(&self) -> [(&'static str, &'static str, Vec<Choice>); 3] {
        let filter = &self.query.filter;
        [
            (
                "role",
                "Role",
                Role::ALL
                    .map(|role| (role.as_str(), role.label(), filter.role == Some(role)))
                    .to_vec(),
            ),
            (
                "status",
                "Status",
                StaffStatus::ALL
                    .map(|status| {
                        let is_chosen = filter.status == Some(status);
                        (status.as_str(), status.label(), is_chosen)
                    })
                    .to_vec(),
            ),
            (
                "factor",
                "Second factor",
                SecondFactor::ALL
                    .map(|factor| {
                        let is_chosen = filter.second_factor == Some(factor);
                        (factor.as_str(), factor.label(), is_chosen)
                    })
                    .to_vec(),
            ),
        ]
    }
}

/// Value of a choice, its label, and whether it is chosen.
type Choice = (&'static str, &'static str, bool);

/// Returns the people who match a list's filter, in its order.
async fn matching(app: &App, query: &StaffListQuery) -> Result<Vec<Staff>, Error> {
    let mut people = staff::all(&app.db).await?;
    people.retain(|staff| query.filter.matches(staff));
    staff_columns::sort(&mut people, query.order);
    Ok(people)
}

/// Returns the routes of the choice of columns.
pub(super) fn columns_router() -> Router<App> {
    Router::new()
        .route("/staff/columns", get(columns::show::<StaffListFilter>))
        .route(
            "/staff/columns/save",
            post(columns::save::<StaffListFilter>),
        )
}

/// `GET /staff?role=&status=&factor=&sort=&page=&per=&columns=`
pub(super) async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let mut query = StaffListQuery::parse(raw.as_deref().unwrap_or_default());
    let people = matching(&app, &query).await?;
    let total = i64::try_from(people.len()).unwrap_or(i64::MAX);
    query.clamp_page(total);
    let invitations = links::invitations(&app.db, app.clock.now()).await?;
    let size = usize::try_from(query.page_size).unwrap_or(usize::MAX);
    let before = usize::try_from(query.page.saturating_sub(1)).unwrap_or(usize::MAX);
    let people = people
        .into_iter()
        .skip(before.saturating_mul(size))
        .take(size)
        .map(|staff| Person::new(staff, &may, &invitations));
    render::html(&ListPage {
        people: people.collect(),
        layout: may.layout("Staff", Section::Staff).await?,
        total,
        pager: query.pager(total),
        columns: columns::load(&app, &may, &query).await?,
        query,
        may_manage: may.can(Permission::ManageStaff),
    })
}

/// `GET /staff.csv?role=&status=&factor=&sort=`
pub(super) async fn export(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let query = StaffListQuery::parse(raw.as_deref().unwrap_or_default());
    let people = matching(&app, &query).await?;
    let invitations = links::invitations(&app.db, app.clock.now()).await?;
    let mut message = listing::describe(&query.chips());
    if message.is_empty() {
        "Everyone.".clone_into(&mut message);
    }
    export::record(&app, &may, "the staff", message, None).await?;
    let rows = people.into_iter().map(|staff| {
        let invitation = invitations.get(&staff.id);
        vec![
            Cell::text(staff.id),
            Cell::text(&staff.name),
            Cell::text(&staff.email),
            Cell::text(staff.role.as_str()),
            Cell::text(StaffStatus::of(&staff).as_str()),
            Cell::text(SecondFactor::of(&staff).as_str()),
            Cell::optional_text(staff.last_sign_in_at),
            Cell::text(staff.created_at),
            Cell::optional_text(invitation.filter(|_| staff.joined_at.is_none())),
            Cell::optional_text(staff.disabled_at),
        ]
    });
    let day = may.times().now().to_jiff();
    let day = day.to_zoned_datetime(may.times().zone().clone()).date();
    let name = format!("staff-{day}");
    Ok(export::table(&name, &HEADER.map(Cell::text), rows))
}
