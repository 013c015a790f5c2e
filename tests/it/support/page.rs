//! What came back: status, headers, text; and the page in it, read by CSS selectors.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use scraper::{ElementRef, Html, Selector};

/// An answer, read to its end.
#[derive(Debug)]
pub struct Response {
    /// The request, as `GET /accounts`.
    pub asked: String,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub text: String,
}

/// A form as a page shows it.
#[derive(Debug)]
pub struct Form {
    /// `get` or `post`.
    pub method: String,
    /// Where it goes.
    pub action: String,
    fields: Vec<(String, String)>,
}

impl Response {
    pub(super) async fn read(asked: String, answer: axum::http::Response<Body>) -> Self {
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Self {
            asked,
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// The same answer, once its status is known to be this one.
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

    /// A header's value; nothing where it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Where a redirect leads, htmx's word for one included.
    pub fn leads_to(&self) -> Option<String> {
        let names = ["location", "hx-redirect", "hx-location"];
        let to = names
            .into_iter()
            .map(|name| self.header(name))
            .find(|to| !to.is_empty());
        to.map(ToOwned::to_owned)
    }

    /// The text of every element that `css` names, white space folded.
    pub fn select(&self, css: &str) -> Vec<String> {
        self.each(css, |element| folded(&element.text().collect::<String>()))
    }

    /// The text of the first element that `css` names.
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

    /// An attribute of the first element that `css` names.
    pub fn attr_of(&self, css: &str, name: &str) -> Option<String> {
        let found = self.each(css, |element| element.attr(name).map(ToOwned::to_owned));
        found.into_iter().next().flatten()
    }

    /// An attribute of every element that `css` names and that has it.
    pub fn attrs_of(&self, css: &str, name: &str) -> Vec<String> {
        let found = self.each(css, |element| element.attr(name).map(ToOwned::to_owned));
        found.into_iter().flatten().collect()
    }

    /// Whether the page has an element that `css` names.
    pub fn has(&self, css: &str) -> bool {
        !self.each(css, |_| ()).is_empty()
    }

    /// How many elements `css` names.
    pub fn count(&self, css: &str) -> usize {
        self.each(css, |_| ()).len()
    }

    /// Every word of the page, white space folded, without scripts.
    pub fn words(&self) -> String {
        let page = Html::parse_document(&self.text);
        folded(&page.root_element().text().collect::<Vec<_>>().join(" "))
    }

    /// Whether these words stand on the page, however they are wrapped.
    pub fn says(&self, words: &str) -> bool {
        self.words().contains(&folded(words))
    }

    /// The first form that `css` names, filled as the page shows it.
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
        Form {
            method,
            action: form
                .attr("action")
                .filter(|to| !to.is_empty())
                .unwrap_or(here)
                .to_owned(),
            fields: fields(&page, form),
        }
    }

    fn each<T>(&self, css: &str, read: impl Fn(ElementRef<'_>) -> T) -> Vec<T> {
        let page = Html::parse_document(&self.text);
        page.select(&selector(css)).map(read).collect()
    }
}

impl Form {
    /// Its fields with what somebody typed: a name that is there has its values replaced, another one is added.
    pub fn filled<'a>(&'a self, typed: &'a [(&str, &str)]) -> Vec<(&'a str, &'a str)> {
        let kept = self
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let kept = kept.filter(|(name, _)| !typed.iter().any(|(other, _)| other == name));
        kept.chain(typed.iter().copied()).collect()
    }

    /// What one field holds.
    pub fn value(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}

#[track_caller]
fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|error| panic!("{css} is no selector: {error}"))
}

/// White space as one space, without the marks that keep a name's direction to itself.
fn folded(text: &str) -> String {
    let text = text.replace(['\u{2068}', '\u{2069}'], "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The fields that a browser would send, buttons left out: those inside the form, and those that name it.
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
