//! Response: status, headers and text, with the page read by CSS selectors.

use axum::body::Body;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use scraper::{ElementRef, Html, Selector};

use super::secrets::{self, Place};

/// Complete response.
#[derive(Debug)]
pub struct Response {
    /// Request that it answers, for example `GET /accounts`.
    pub asked: String,
    /// Status code.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub text: String,
}

/// Form as a page shows it.
#[derive(Debug)]
pub struct Form {
    /// `get` or `post`.
    pub method: String,
    /// Address that it is sent to.
    pub action: String,
    fields: Vec<(String, String)>,
}

impl Response {
    pub(super) async fn read(asked: String, answer: axum::http::Response<Body>) -> Self {
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let is_metrics = asked == "GET /metrics";
        let place = if is_metrics {
            Place::Metrics
        } else {
            Place::Page
        };
        secrets::record(place, &bytes);
        if let Some(location) = parts.headers.get(LOCATION) {
            secrets::record(Place::Page, location);
        }
        Self {
            asked,
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Returns the response after asserting that it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{} answered {}: {}",
            self.asked,
            self.status,
            self.words()
        );
        self
    }

    /// Returns a header's value, or an empty text if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Returns the target of a redirect, including htmx's headers.
    pub fn leads_to(&self) -> Option<String> {
        let names = ["location", "hx-redirect", "hx-location"];
        let to = names
            .into_iter()
            .map(|name| self.header(name))
            .find(|to| !to.is_empty());
        to.map(ToOwned::to_owned)
    }

    /// Returns the text of every element that matches `css`, with folded white space.
    pub fn select(&self, css: &str) -> Vec<String> {
        self.each(css, |element| folded(&element.text().collect::<String>()))
    }

    /// Returns the text of the first element that matches `css`.
    #[track_caller]
    pub fn text_of(&self, css: &str) -> String {
        let Some(text) = self.select(css).into_iter().next() else {
            panic!(
                "{}: nothing on the page is {css}: {}",
                self.asked,
                self.words()
            );
        };
        text
    }

    /// Returns an attribute of the first element that matches `css`.
    pub fn attr_of(&self, css: &str, name: &str) -> Option<String> {
        let found = self.each(css, |element| element.attr(name).map(ToOwned::to_owned));
        found.into_iter().next().flatten()
    }

    /// Returns an attribute of every element that matches `css` and has it.
    pub fn attrs_of(&self, css: &str, name: &str) -> Vec<String> {
        let found = self.each(css, |element| element.attr(name).map(ToOwned::to_owned));
        found.into_iter().flatten().collect()
    }

    /// Returns `true` if an element matches `css`.
    pub fn has(&self, css: &str) -> bool {
        !self.each(css, |_| ()).is_empty()
    }

    /// Returns the number of elements that match `css`.
    pub fn count(&self, css: &str) -> usize {
        self.each(css, |_| ()).len()
    }

    /// Returns the words of the page, with folded white space and without scripts.
    pub fn words(&self) -> String {
        let page = Html::parse_document(&self.text);
        folded(&page.root_element().text().collect::<Vec<_>>().join(" "))
    }

    /// Returns `true` if the page contains these words, regardless of line breaks.
    pub fn says(&self, words: &str) -> bool {
        self.words().contains(&folded(words))
    }

    /// Returns the first form that matches `css`, filled as the page shows it.
    #[track_caller]
    pub fn form(&self, css: &str) -> Form {
        let page = Html::parse_document(&self.text);
        let Some(form) = page.select(&selector(css)).next() else {
            panic!(
                "{}: no form on the page is {css}: {}",
                self.asked,
                self.words()
            );
        };
        let here = self.asked.split(' ').nth(1).unwrap_or_default();
        let method = form.attr("method").unwrap_or("get").to_lowercase();
        let fields = fields(&page, form);
        let passwords = fields.iter().filter(|(name, _)| name.contains("password"));
        for (_, password) in passwords {
            // The portal made it, and shows it once.
            secrets::hide_but_on_pages(password);
        }
        Form {
            method,
            action: form
                .attr("action")
                .filter(|to| !to.is_empty())
                .unwrap_or(here)
                .to_owned(),
            fields,
        }
    }

    fn each<T>(&self, css: &str, read: impl Fn(ElementRef<'_>) -> T) -> Vec<T> {
        let page = Html::parse_document(&self.text);
        page.select(&selector(css)).map(read).collect()
    }
}

impl Form {
    /// Returns the fields with a person's input.
    /// Existing names get the new values; other names are added.
    pub fn filled<'a>(&'a self, typed: &'a [(&str, &str)]) -> Vec<(&'a str, &'a str)> {
        let kept = self
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let kept = kept.filter(|(name, _)| !typed.iter().any(|(other, _)| other == name));
        kept.chain(typed.iter().copied()).collect()
    }

    /// Returns the value of one field.
    pub fn value(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}

#[track_caller]
fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|error| panic!("{css} is no selector: {error}"))
}

/// Folds white space to one space and removes the marks that isolate a name's direction.
fn folded(text: &str) -> String {
    let text = text.replace(['\u{2068}', '\u{2069}'], "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the fields that a browser would send, without buttons.
/// These are the fields inside the form and those that refer to it.
fn fields(page: &Html, form: ElementRef<'_>) -> Vec<(String, String)> {
    let all = selector("input[name], select[name], textarea[name]");
    let elsewhere = form
        .attr("id")
        .map(|id| selector(&format!("[form=\"{id}\"]")));
    let inside = form.select(&all).filter(|field| {
        field
            .attr("form")
            .is_none_or(|id| form.attr("id") == Some(id))
    });
    let named = elsewhere.iter().flat_map(|css| page.select(css));
    let named = named.filter(|field| {
        field.attr("name").is_some() && !field.ancestors().any(|node| node.id() == form.id())
    });
    inside
        .chain(named)
        .filter(|field| field.attr("disabled").is_none())
        .flat_map(values)
        .collect()
}

fn values(field: ElementRef<'_>) -> Vec<(String, String)> {
    let name = field.attr("name").unwrap_or_default().to_owned();
    match (field.value().name(), field.attr("type").unwrap_or("text")) {
        ("textarea", _) => vec![(name, field.text().collect::<String>())],
        ("select", _) => {
            let options: Vec<_> = field.select(&selector("option")).collect();
            let chosen: Vec<_> = options
                .iter()
                .filter(|option| option.attr("selected").is_some())
                .collect();
            let chosen = if chosen.is_empty() {
                options.iter().take(1).collect()
            } else {
                chosen
            };
            let value = |option: &ElementRef<'_>| {
                let text = || folded(&option.text().collect::<String>());
                option.attr("value").map_or_else(text, ToOwned::to_owned)
            };
            chosen
                .into_iter()
                .map(|option| (name.clone(), value(option)))
                .collect()
        }
        ("input", "submit" | "button" | "reset" | "image" | "file") | ("button", _) => Vec::new(),
        ("input", "checkbox" | "radio") if field.attr("checked").is_none() => Vec::new(),
        ("input", "checkbox" | "radio") => {
            vec![(name, field.attr("value").unwrap_or("on").to_owned())]
        }
        _ => vec![(name, field.attr("value").unwrap_or_default().to_owned())],
    }
}
