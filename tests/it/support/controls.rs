//! Controls of a page: its links, forms and htmx requests, each as a method and an address.

use axum::http::Method;
use scraper::{ElementRef, Html, Selector};

use super::page::Response;

/// Element of a page that sends a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Control {
    /// `GET` or `POST`.
    pub method: String,
    /// Address within the portal.
    pub address: String,
}

impl Control {
    /// Returns the method.
    pub fn method(&self) -> Method {
        self.method.parse().unwrap()
    }
}

impl Response {
    /// Returns everything on the page that can be clicked or sent and is not disabled.
    /// Only the portal's own addresses are included.
    pub fn controls(&self) -> Vec<Control> {
        let page = Html::parse_document(&self.text);
        let here = self.asked.split(' ').nth(1).unwrap_or_default();
        let mut found = Vec::new();
        let mut add = |method: &str, address: &str| {
            let address = if address.is_empty() { here } else { address };
            if address.starts_with('/') && !address.starts_with("/static/") {
                found.push(Control {
                    method: method.to_uppercase(),
                    address: address.to_owned(),
                });
            }
        };
        for element in page.select(&selector(
            "a[href], [hx-get], [hx-post], form, button[formaction]",
        )) {
            if is_disabled(element) || !has_its_row(&page, element) {
                continue;
            }
            let attr = |name: &str| element.attr(name);
            match element.value().name() {
                "a" => add("get", attr("href").unwrap_or_default()),
                "form" if can_be_sent(&page, element) => {
                    add(
                        attr("method").unwrap_or("get"),
                        attr("action").unwrap_or_default(),
                    );
                }
                "button" => {
                    if let Some(action) = attr("formaction") {
                        let of_form = element
                            .ancestors()
                            .filter_map(ElementRef::wrap)
                            .find(|node| node.value().name() == "form");
                        let method = attr("formmethod")
                            .or_else(|| of_form.and_then(|form| form.attr("method")));
                        add(method.unwrap_or("get"), action);
                    }
                }
                _ => {}
            }
            for (name, method) in [("hx-get", "get"), ("hx-post", "post")] {
                if let Some(address) = attr(name) {
                    add(method, address);
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap()
}

/// Returns `true` if a row uses this menu entry. A script copies the menu into rows.
fn has_its_row(page: &Html, element: ElementRef<'_>) -> bool {
    let Some(word) = element.attr("data-if") else {
        return true;
    };
    let rows = selector("[data-menu]");
    page.select(&rows).any(|row| {
        row.attr("data-menu")
            .is_some_and(|words| words.split(' ').any(|said| said == word))
    })
}

fn is_disabled(element: ElementRef<'_>) -> bool {
    element.attr("disabled").is_some()
        || element.attr("aria-disabled") == Some("true")
        || element
            .ancestors()
            .filter_map(ElementRef::wrap)
            .any(|around| around.value().name() == "fieldset" && around.attr("disabled").is_some())
}

/// Returns `true` if a form has an enabled button, or none at all.
/// Without a button, a key or a script sends it.
fn can_be_sent(page: &Html, form: ElementRef<'_>) -> bool {
    let inside = form
        .select(&selector("button:not([type=button]), input[type=submit]"))
        .collect::<Vec<_>>();
    let named = form
        .attr("id")
        .map(|id| selector(&format!("button[form=\"{id}\"]")));
    let named: Vec<_> = named.iter().flat_map(|css| page.select(css)).collect();
    let all = [inside, named].concat();
    all.is_empty() || all.into_iter().any(|button| !is_disabled(button))
}
