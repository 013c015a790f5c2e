//! Every address behind the sign-in, for every role, as page and as fragment.

use std::collections::BTreeSet;

use axum::http::Method;
use reseller_portal::domain::role::Role;
use scraper::{Html, Selector};

use super::{Folder, World, answer, name_of, roles};
use crate::support::{Needs, Response, Route, route_at, routes};

#[tokio::test]
async fn the_pages_of_accounts() {
    every_page("accounts", |path| path.starts_with("/accounts")).await;
}

#[tokio::test]
async fn the_other_pages() {
    every_page("pages", |path| !path.starts_with("/accounts")).await;
}

async fn every_page(name: &str, is_one: impl Fn(&str) -> bool) {
    let world = World::busy().await;
    let mut folder = Folder::new(name);
    let behind = |route: &&Route| {
        route.method == Method::GET && route.needs != Needs::Nothing && is_one(&route.path)
    };
    let mut pages: Vec<(&Route, Vec<(Role, Response)>)> = Vec::new();
    for route in routes().iter().filter(behind) {
        let mut answers = Vec::new();
        for (role, _, browser) in &world.people {
            answers.push((*role, browser.get(&world.address(&route.path)).await));
            world.settled().await;
        }
        let lines = |page: &Response| {
            if page.header("content-type").starts_with("text/html") || page.status != 200 {
                answer::lines(page, &world.names)
            } else {
                answer::file(page, &world.names)
            }
        };
        let all: Vec<_> = answers
            .iter()
            .map(|(role, page)| (*role, lines(page)))
            .collect();
        folder.compare(&name_of(&route.path, "page"), &roles::compared(&all));
        pages.push((route, answers));
    }
    let dialogs: BTreeSet<&str> = pages
        .iter()
        .flat_map(|(_, answers)| &answers[..1])
        .flat_map(|(_, page)| dialogs(page))
        .collect();
    for (route, pages) in &pages {
        let is_dialog = dialogs.contains(route.path.as_str());
        let mut all = Vec::new();
        let mut differs = false;
        for ((role, _, browser), (_, page)) in world.people.iter().zip(pages) {
            let request = browser
                .request(Method::GET, &world.address(&route.path))
                .fragment();
            let request = if is_dialog {
                request.header("hx-target", "dialog#dialog")
            } else {
                request
            };
            let part = request.send().await;
            world.settled().await;
            differs |= !answer::is_page(&part)
                && part.status != 403
                && part.header("content-type").starts_with("text/html");
            all.push((*role, answer::part_of(page, &part, &world.names)));
        }
        if differs {
            let state = if is_dialog { "dialog" } else { "fragment" };
            folder.compare(&name_of(&route.path, state), &roles::compared(&all));
        }
    }
    folder.finish();
}

/// Returns the routes whose links open in the dialog.
fn dialogs(page: &Response) -> Vec<&'static str> {
    let html = Html::parse_document(&page.text);
    let links = Selector::parse("a[data-dialog]").unwrap();
    let addresses = html.select(&links).filter_map(|link| link.attr("href"));
    addresses
        .filter_map(|address| route_at(&Method::GET, address))
        .map(|route| route.path.as_str())
        .collect()
}

#[tokio::test]
async fn the_frame_of_the_pages() {
    let world = World::quiet().await;
    let mut folder = Folder::new("frame");
    let mut all = Vec::new();
    for (role, _, browser) in &world.people {
        let page = browser.get("/tags").await.expect(200);
        all.push((*role, answer::frame(&page, &world.names)));
    }
    folder.compare("signed_in", &roles::compared(&all));
    let page = world.portal.browser().get("/login").await.expect(200);
    folder.compare("signed_out", &answer::frame(&page, &world.names).join("\n"));
    folder.finish();
}
