//! Query string, such as `filter[email][contains]=…`, and the limits of pages.
//! Brackets may be percent-encoded or not.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::account_lists::{AccountQuery, Sort, TextFilter, View};
use super::problem::Problem;

const MAX_PAGE_SIZE: usize = 250;

/// Decoded query parameters, in their original order.
#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(
            url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        ))
    }
}

/// Number and size of a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub(super) number: usize,
    pub(super) size: usize,
}

impl Page {
    pub(super) fn skip(self) -> usize {
        (self.number - 1).saturating_mul(self.size)
    }

    pub(super) fn meta(self, total: usize) -> serde_json::Value {
        serde_json::json!({
            "total_pages": total.div_ceil(self.size),
            "total_results": total,
            "page_number": self.number,
            "page_size": self.size,
        })
    }
}

impl Query {
    /// Returns the last value given for `name`.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.value(name) {
            None | Some("" | "false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Problem::parameter(
                name,
                format!("{name} must be true or false."),
            )),
        }
    }

    pub(super) fn page(&self, usual_size: usize) -> Result<Page, Problem> {
        let whole = |name: &str, usual: usize, largest: usize| match self.value(name) {
            None => Ok(usual),
            Some(text) => text
                .parse::<usize>()
                .ok()
                .filter(|number| (1..=largest).contains(number))
                .ok_or_else(|| {
                    Problem::parameter(
                        name,
                        format!(
                            "{name} must be a whole number, 1 or more{}.",
                            if largest == MAX_PAGE_SIZE {
                                ", at most 250"
                            } else {
                                ""
                            }
                        ),
                    )
                }),
        };
        Ok(Page {
            number: whole("page[number]", 1, usize::MAX)?,
            size: whole("page[size]", usual_size, MAX_PAGE_SIZE)?,
        })
    }

    /// Parses the query of a list of accounts.
    pub(super) fn account_query(&self) -> Result<(AccountQuery, Page), Problem> {
        const FILTERS: [&str; 5] = [
            "filter[email][contains]",
            "filter[email][eq]",
            "filter[organization_name][contains]",
            "filter[organization_name][eq]",
            "filter[status][eq]",
        ];
        if let Some((name, _)) = self
            .0
            .iter()
            .find(|(name, _)| name.starts_with("filter") && !FILTERS.contains(&name.as_str()))
        {
            return Err(Problem::parameter(
                name,
                format!("{name} is not a filter of this list."),
            ));
        }
        let page = self.page(20)?;
        let (sort, descending) = self.sort()?;
        let wanted = AccountQuery {
            view: self.view()?,
            email: self.text_filters("email")?,
            name: self.text_filters("organization_name")?,
            sort,
            descending,
            skip: page.skip(),
            take: page.size,
        };
        Ok((wanted, page))
    }

    fn sort(&self) -> Result<(Sort, bool), Problem> {
        let Some(text) = self.value("sort") else {
            return Ok((Sort::CreatedAt, true));
        };
        let (name, descending) = text
            .strip_prefix('-')
            .map_or((text, false), |name| (name, true));
        match name {
            "created_at" => Ok((Sort::CreatedAt, descending)),
            "email" => Ok((Sort::Email, descending)),
            _ => Err(Problem::parameter(
                "sort",
                "sort must be created_at or email, with - before it for descending order.",
            )),
        }
    }

    /// Parses the status filter.
    /// The description does not say how `active` differs from `enabled`, or if `all` includes
    /// cancelled accounts. Here `active` means enabled, and `all` includes every account.
    fn view(&self) -> Result<View, Problem> {
        let with_cancelled = self.flag("include_cancelled_accounts")?;
        match self.value("filter[status][eq]") {
            None if with_cancelled => Ok(View::All),
            None => Ok(View::NotCancelled),
            Some("all") => Ok(View::All),
            Some("enabled" | "active") => Ok(View::Enabled),
            Some("disabled") => Ok(View::Disabled),
            Some("blocked") => Ok(View::Blocked),
            Some("cancelled") => Ok(View::Cancelled),
            Some(_) => Err(Problem::parameter(
                "filter[status][eq]",
                "filter[status][eq] must be one of all, active, enabled, cancelled, disabled, blocked.",
            )),
        }
    }

    fn text_filters(&self, field: &str) -> Result<Vec<TextFilter>, Problem> {
        let mut conditions = Vec::new();
        let name = format!("filter[{field}][contains]");
        if let Some(part) = self.value(&name) {
            if part.chars().count() < 3 {
                return Err(Problem::parameter(
                    &name,
                    format!("{name} requires at least three characters."),
                ));
            }
            conditions.push(TextFilter::Contains(part.to_lowercase()));
        }
        if let Some(whole) = self.value(&format!("filter[{field}][eq]")) {
            conditions.push(TextFilter::Equals(whole.to_owned()));
        }
        Ok(conditions)
    }
}
