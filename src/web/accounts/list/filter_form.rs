//! Form for choosing filters, as a page and as a dialog over the list. It is sent with GET, and its
//! fields become the address of the list.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::filter::{AccountsQuery, assignee_choices, format_limit, reason_label, status_label};
use crate::app::App;
use crate::db::tags;
use crate::domain::account::AccountStatus;
use crate::domain::account_filter::{AccountFilter, AttentionReason};
use crate::domain::call_verdict::CallVerdict;
use crate::domain::text::folded;
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section};
use crate::web::listing::SelectOption;
use crate::web::render;

/// Maximum number of tags that the form offers.
const MAX_TAGS: i64 = 500;

#[derive(Template)]
#[template(path = "accounts/filter.html", blocks = ["dialog"])]
struct Page {
    layout: Layout,
    /// Fields of the current list address, without the filters.
    hidden_fields: Vec<(&'static str, String)>,
    statuses: Vec<SelectOption>,
    calls: Vec<SelectOption>,
    concerns: Vec<SelectOption>,
    pricings: Vec<SelectOption>,
    billings: Vec<SelectOption>,
    assignees: Vec<SelectOption>,
    tags: Vec<SelectOption>,
    limit: String,
    from: String,
    to: String,
    unseen: String,
    changed: bool,
    /// Address of the list that the form was opened from.
    back: String,
    /// Address of the list with its search but without filters.
    clear: String,
}

/// `GET /accounts/filter`, with the query of the list.
pub(super) async fn new(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    htmx: Htmx,
) -> Result<Response, Error> {
    // Without a filter, the form leads to all accounts, not to the default view.
    let query = AccountsQuery {
        says_all: true,
        ..AccountsQuery::parse(raw.as_deref().unwrap_or_default())
    };
    let filter = &query.filter;
    let bare = query.with(|bare| bare.filter = AccountFilter::text_search(&filter.q));
    let names = tags::names(&app.db, MAX_TAGS).await?;
    let page = Page {
        layout: may.layout("Filter accounts", Section::Accounts).await?,
        hidden_fields: bare.form_fields("status"),
        statuses: AccountStatus::ALL
            .into_iter()
            .map(|status| {
                choice(
                    status.as_str(),
                    status_label(status),
                    filter.status == Some(status),
                )
            })
            .collect(),
        calls: CallVerdict::ALL
            .into_iter()
            .map(|calls| choice(calls.as_str(), calls.label(), filter.calls == Some(calls)))
            .collect(),
        concerns: AttentionReason::ALL
            .into_iter()
            .map(|concern| {
                choice(
                    concern.as_str(),
                    reason_label(concern),
                    filter.attention_reason == Some(concern),
                )
            })
            .collect(),
        pricings: vec![
            choice("custom", "Custom", filter.custom_pricing == Some(true)),
            choice(
                "standard",
                "Our rates",
                filter.custom_pricing == Some(false),
            ),
        ],
        billings: vec![
            choice(
                "rollup",
                "Rollup (our balance)",
                filter.rollup_billing == Some(true),
            ),
            choice(
                "own",
                "Its own balance",
                filter.rollup_billing == Some(false),
            ),
        ],
        assignees: assignee_choices(&app, filter).await?,
        tags: tag_choices(&names, &filter.tags),
        limit: filter.limit.map(format_limit).unwrap_or_default(),
        from: filter
            .created_from
            .map(|day| day.to_string())
            .unwrap_or_default(),
        to: filter
            .created_to
            .map(|day| day.to_string())
            .unwrap_or_default(),
        unseen: filter
            .unconfirmed_days
            .map(|days| days.to_string())
            .unwrap_or_default(),
        changed: filter.changed_elsewhere,
        back: query.href(),
        clear: bare.href(),
    };
    render::page_or_fragment(&htmx, &page, &page.as_dialog())
}

fn choice(value: &str, label: &str, chosen: bool) -> SelectOption {
    SelectOption {
        value: value.to_owned(),
        label: label.to_owned(),
        chosen,
    }
}

/// Returns the existing tags, and also those from the address that do not exist.
fn tag_choices(names: &[String], asked: &[String]) -> Vec<SelectOption> {
    let asked_for = |name: &str| asked.iter().any(|tag| folded(tag) == folded(name));
    let known: Vec<SelectOption> = names
        .iter()
        .map(|name| choice(name, name, asked_for(name)))
        .collect();
    let unknown = asked
        .iter()
        .filter(|tag| !names.iter().any(|name| folded(name) == folded(tag)))
        .map(|tag| choice(tag, tag, true));
    unknown
        .collect::<Vec<_>>()
        .into_iter()
        .chain(known)
        .collect()
}
