//! An answer as lines: its status, the headers that matter to browsers, and its body.
//! For a page, these are only its own parts. The frame that all pages share has its own snapshots.

use scraper::{Html, Selector};

use super::names::Names;
use super::tree;
use crate::support::Response;

/// Headers that affect what a browser does with an answer.
const HEADERS: [&str; 11] = [
    "location",
    "hx-redirect",
    "hx-location",
    "hx-push-url",
    "hx-replace-url",
    "hx-reswap",
    "hx-retarget",
    "hx-trigger",
    "retry-after",
    "content-disposition",
    "content-type",
];

/// The usual content type, which gets no line.
const HTML: &str = "text/html; charset=utf-8";

/// Returns the lines of the whole answer.
pub fn lines(answer: &Response, names: &Names) -> Vec<String> {
    named(&[head(answer), body(answer)].concat(), names)
}

/// Returns the lines of a fragment. Leaves out what its page contains unchanged.
pub fn part_of(page: &Response, part: &Response, names: &Names) -> Vec<String> {
    if is_page(part) || !part.header("content-type").starts_with(HTML) {
        return lines(part, names);
    }
    let whole = names.put_unnumbered(&unindented(&body(page)));
    let mut lines = head(part);
    for part in tree::parts(&part.text) {
        let own = names.put_unnumbered(&unindented(&part));
        if part.len() > 1 && whole.contains(&own) && is_within(&body(page), &part, names) {
            lines.push(format!("{} as on the page", part[0]));
        } else {
            lines.extend(part);
        }
    }
    named(&lines, names)
}

/// Returns the lines of a file, so that those of different roles can be compared.
/// Everything that differs from run to run gets the same name.
pub fn file(answer: &Response, names: &Names) -> Vec<String> {
    let lines = [head(answer), body(answer)].concat();
    names
        .put_unnumbered(&lines.join("\n"))
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Returns `true` if an answer is a whole page.
pub fn is_page(answer: &Response) -> bool {
    answer.text.trim_start().starts_with("<!doctype html>")
}

/// Returns the frame of a page: everything except its title and contents.
pub fn frame(page: &Response, names: &Names) -> Vec<String> {
    let document = Html::parse_document(&page.text);
    let lines = tree::lines_of(document.root_element());
    let mut kept: Vec<String> = Vec::new();
    let mut inside: Option<usize> = None;
    for line in lines {
        let depth = line.len() - line.trim_start().len();
        if inside.is_some_and(|start| depth > start) {
            continue;
        }
        let is_own = ["<main ", "<title>"]
            .iter()
            .any(|start| line.trim_start().starts_with(start));
        inside = is_own.then_some(depth);
        kept.push(if is_own {
            line.split('>').next().unwrap_or_default().to_owned() + "> …"
        } else {
            line
        });
    }
    named(&kept, names)
}

fn named(lines: &[String], names: &Names) -> Vec<String> {
    names
        .put(&lines.join("\n"))
        .lines()
        .map(str::to_owned)
        .collect()
}

fn head(answer: &Response) -> Vec<String> {
    let mut lines = vec![answer.status.to_string()];
    for name in HEADERS {
        let value = answer.header(name);
        if !(value.is_empty() || (name, value) == ("content-type", HTML)) {
            lines.push(format!("{name}: {value}"));
        }
    }
    for cookie in answer.headers.get_all("set-cookie") {
        let text = cookie.to_str().unwrap_or_default();
        let (pair, rest) = text.split_once(';').unwrap_or((text, ""));
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = if value.is_empty() { "" } else { "…" };
        let rest: Vec<&str> = rest
            .split(';')
            .filter(|part| !part.contains("Expires="))
            .collect();
        lines.push(format!("set-cookie: {name}={value};{}", rest.join(";")));
    }
    lines
}

fn body(answer: &Response) -> Vec<String> {
    let kind = answer.header("content-type");
    if kind.starts_with("application/json") {
        let value: Result<serde_json::Value, _> = serde_json::from_str(&answer.text);
        let text = value
            .ok()
            .and_then(|value| serde_json::to_string_pretty(&value).ok());
        return text
            .unwrap_or_else(|| answer.text.clone())
            .lines()
            .map(without_challenge)
            .collect();
    }
    if !kind.starts_with("text/html") {
        return answer
            .text
            .replace('\u{feff}', "[byte order mark]")
            .lines()
            .map(str::to_owned)
            .collect();
    }
    if !is_page(answer) {
        return tree::parts(&answer.text).concat();
    }
    let page = Html::parse_document(&answer.text);
    let mut lines = vec![format!("title: {}", text_of(&page, "title"))];
    for (what, css) in [
        ("current", "nav [aria-current=page]"),
        ("script", "head script[src]"),
        ("refresh", "head meta[http-equiv=refresh]"),
    ] {
        for element in page.select(&selector(css)) {
            let shown = match what {
                "current" => tree::folded(&element.text().collect::<Vec<_>>().join(" ")),
                _ => tree::lines_of(element).concat(),
            };
            if !["/static/app.js", "/static/vendor/htmx/htmx.min.js"]
                .iter()
                .any(|usual| shown.contains(usual))
            {
                lines.push(format!("{what}: {shown}"));
            }
        }
    }
    // Every page says that Telnyx is simulated.
    for (place, news) in [
        ("#banners", ".banner:not(.banner-practice)"),
        ("#toasts", ".toast"),
    ] {
        let (place, news) = (selector(place), selector(news));
        for element in page
            .select(&place)
            .filter(|element| element.select(&news).next().is_some())
        {
            lines.extend(tree::lines_of(element));
        }
    }
    let main: Vec<_> = page.select(&selector("main")).collect();
    match main.as_slice() {
        [main] => lines.extend(tree::lines_of(*main)),
        _ => lines.extend(tree::lines_of(page.root_element())),
    }
    lines
}

/// Returns a line of JSON without the data that a passkey signs.
/// That data is new each time.
fn without_challenge(line: &str) -> String {
    let Some((key, value)) = line.split_once(": \"") else {
        return line.to_owned();
    };
    let text = value.trim_end_matches([',', '"']);
    let is_new = match key.trim() {
        "\"ceremony\"" | "\"challenge\"" => true,
        "\"id\"" => text.len() > 20 && uuid::Uuid::parse_str(text).is_err(),
        _ => false,
    };
    if is_new {
        format!("{key}: \"[new]{}", &value[text.len()..])
    } else {
        line.to_owned()
    }
}

/// Returns the toasts of a page.
pub fn toasts(page: &Response, names: &Names) -> Vec<String> {
    let page = Html::parse_document(&page.text);
    let toasts: Vec<String> = page
        .select(&selector("#toasts .toast"))
        .flat_map(tree::lines_of)
        .collect();
    named(&toasts, names)
}

fn text_of(page: &Html, css: &str) -> String {
    let found = page.select(&selector(css)).next();
    found
        .map(|element| tree::folded(&element.text().collect::<String>()))
        .unwrap_or_default()
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap()
}

fn unindented(lines: &[String]) -> String {
    lines
        .iter()
        .map(|line| line.trim_start())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Returns `true` if the page contains these lines consecutively.
/// All of them may be indented deeper by the same amount.
fn is_within(page: &[String], part: &[String], names: &Names) -> bool {
    let put = |line: &String| names.put_unnumbered(line);
    let page: Vec<String> = page.iter().map(put).collect();
    let part: Vec<String> = part.iter().map(put).collect();
    page.windows(part.len()).any(|lines| {
        let deeper = lines[0].len().saturating_sub(part[0].len());
        lines
            .iter()
            .zip(&part)
            .all(|(line, own)| line.get(deeper..) == Some(own))
    })
}
