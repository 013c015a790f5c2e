//! The table: each route for each role and for no one, as page and fragment, also cross-site.

use std::time::Duration;

use reseller_portal::web::paths;

use super::*;
use crate::support::{Dump, Needs, routes};

/// Returns each route behind the sign-in, with an address.
fn guarded_routes(world: &World) -> Vec<(&'static Route, String)> {
    let behind = routes()
        .iter()
        .filter(|route| route.needs != Needs::Nothing);
    behind.map(|route| (route, world.address(route))).collect()
}

/// Asserts that every table except these is unchanged.
async fn unchanged(world: &World, before: &Dump, unlike: &[&str]) {
    for (table, rows) in world.portal.everything().await {
        if !unlike.contains(&table.as_str()) {
            assert_eq!(rows, before[&table], "{table}");
        }
    }
}

#[tokio::test]
async fn whoever_may_not_is_told_what_they_lack_and_nothing_changes() {
    let world = World::new().await;
    let mut refused = 0;
    // Some pages ask Telnyx before they know about the permission. They store what Telnyx returned.
    for (is_beyond, unlike) in [(false, &[][..]), (true, &["accounts", "directory"])] {
        world.portal.sandbox.clear_log().await;
        let before = world.portal.everything().await;
        for (route, address) in guarded_routes(&world) {
            if beyond(route).is_some() != is_beyond {
                continue;
            }
            for (role, _, browser) in &world.people {
                let Some(permission) = lacks(*role, route) else {
                    continue;
                };
                for fragment in [false, true] {
                    let answer = ask(browser, route, &address, fragment).await;
                    let what = format!("{role:?} {} fragment: {fragment}", answer.asked);
                    guarded(&answer);
                    assert_eq!(answer.status, 403, "{what}");
                    let words = format!("Your role cannot {}.", permission.verb());
                    assert!(answer.says(&words), "{what}: {words} {}", answer.words());
                    assert_eq!(
                        answer.header("hx-retarget") == "#toasts",
                        fragment,
                        "{what}"
                    );
                    assert_eq!(answer.has("aside.sidebar"), !fragment, "{what}");
                    refused += 1;
                }
            }
        }
        unchanged(&world, &before, unlike).await;
        assert_eq!(world.portal.sandbox.changes().await, Vec::<String>::new());
        if !is_beyond {
            assert_eq!(
                world.portal.sandbox.log().await.len(),
                0,
                "Telnyx is not even asked"
            );
        }
    }
    assert!(refused > 150, "{refused}");
}

#[tokio::test]
async fn whoever_may_is_let_in() {
    let world = World::new().await;
    let mut all = guarded_routes(&world);
    // Read everything before changing anything.
    all.sort_by_key(|(route, ..)| route.method == Method::POST);
    for (route, address) in all {
        for (role, actor, _) in world
            .people
            .iter()
            .filter(|(role, ..)| lacks(*role, route).is_none())
        {
            for fragment in [false, true] {
                // Some routes end the session.
                let browser = world.portal.signed_in_as(actor).await;
                let answer = ask(&browser, route, &address, fragment).await;
                let what = format!(
                    "{role:?} {} fragment: {fragment}: {} {}",
                    answer.asked,
                    answer.status,
                    answer.words()
                );
                guarded(&answer);
                assert!(!matches!(answer.status.as_u16(), 401 | 403 | 405), "{what}");
                // Only the job of an import has failed rows.
                let may_be_missing = address.contains(MADE_UP) || address.ends_with("/failed.csv");
                if route.method == Method::GET && !may_be_missing {
                    assert!(matches!(answer.status.as_u16(), 200 | 303), "{what}");
                }
                let to = answer.leads_to().unwrap_or_default();
                assert!(
                    !to.starts_with("/login?next") && !to.starts_with("/step-up"),
                    "{what} {to}"
                );
            }
        }
    }
}

#[tokio::test]
async fn nobody_is_led_to_the_sign_in_and_back_and_nothing_changes() {
    let world = World::new().await;
    world.portal.sandbox.clear_log().await;
    let before = world.portal.everything().await;
    let known = world.portal.browser();
    let stale = world.portal.browser();
    stale.set_cookie("portal", "AAAAAAAAAAAAAAAAAAAAAA");
    for (route, address) in guarded_routes(&world) {
        for browser in [&known, &stale] {
            for fragment in [false, true] {
                let answer = ask(browser, route, &address, fragment).await;
                let what = format!("{} fragment: {fragment}: {}", answer.asked, answer.status);
                guarded(&answer);
                if address == "/banners" && fragment {
                    assert_eq!(answer.status, 204, "{what}");
                } else if route.method == Method::GET {
                    // A fragment leads back to its page, which is the dashboard here.
                    let next = if fragment || address == "/" {
                        ""
                    } else {
                        &address
                    };
                    let to = paths::with_query("/login", [("next", next)]);
                    assert_eq!(answer.status, if fragment { 200 } else { 303 }, "{what}");
                    assert_eq!(answer.leads_to(), Some(to), "{what}");
                } else {
                    assert_eq!(answer.status, 401, "{what}");
                    let form = answer.form("#password-form");
                    assert_eq!(form.value("kept"), Some("typed=kept"), "{what}");
                    assert!(
                        form.value("kept_page")
                            .is_some_and(|page| page.starts_with('/')),
                        "{what}"
                    );
                    assert_eq!(answer.header("hx-retarget") == "body", fragment, "{what}");
                }
            }
        }
    }
    unchanged(&world, &before, &[]).await;
    assert_eq!(world.portal.sandbox.log().await.len(), 0);
}

/// Headers of a request from another site.
/// A browser sends them, or someone who imitates one.
const FOREIGN: [&[(&str, &str)]; 7] = [
    &[
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("origin", "http://localhost:8081")],
    &[("origin", "http://localhost:8080.evil.example")],
];

#[tokio::test]
async fn what_another_site_sends_is_refused_for_everybody_everywhere_and_changes_nothing() {
    let world = World::new().await;
    world.portal.sandbox.clear_log().await;
    let before = world.portal.everything().await;
    let nobody = world.portal.browser();
    let browsers = world
        .people
        .iter()
        .map(|(.., browser)| browser)
        .chain([&nobody]);
    for (at, browser) in browsers.enumerate() {
        // The owner's browser tries all headers that a foreign page can cause.
        let kinds = if at == 0 { &FOREIGN[..] } else { &FOREIGN[..1] };
        for route in routes().iter().filter(|route| route.method == Method::POST) {
            for headers in kinds {
                for fragment in [false, true] {
                    let request = browser
                        .request(Method::POST, &world.address(route))
                        .form(&[("typed", "kept")]);
                    let request = request.without("origin").without("sec-fetch-site");
                    let request = if fragment {
                        request.fragment()
                    } else {
                        request
                    };
                    let request = headers.iter().fold(request, |request, (name, value)| {
                        request.header(name, value)
                    });
                    let answer = request.send().await;
                    guarded(&answer);
                    assert_eq!(answer.status, 403, "{} {headers:?}", answer.asked);
                    assert!(answer.says("Request from another site"), "{}", answer.asked);
                }
            }
        }
    }
    unchanged(&world, &before, &[]).await;
    assert_eq!(world.portal.sandbox.log().await.len(), 0);
}

#[tokio::test]
async fn what_matters_asks_again_who_it_is_after_ten_minutes_and_changes_nothing_until_then() {
    let world = World::new().await;
    world.portal.advance(Duration::from_mins(10));
    world.portal.sandbox.clear_log().await;
    // The session keeps the input.
    let unlike = &["sessions"];
    let before = world.portal.everything().await;
    let fresh = |route: &Route| matches!(route.needs, Needs::RecentlyAuthenticated(_));
    let mut asked = 0;
    for (route, address) in guarded_routes(&world)
        .into_iter()
        .filter(|(route, ..)| fresh(route))
    {
        for (role, _, browser) in &world.people {
            for fragment in [false, true] {
                let answer = ask(browser, route, &address, fragment).await;
                let what = format!(
                    "{role:?} {} fragment: {fragment}: {}",
                    answer.asked, answer.status
                );
                guarded(&answer);
                if lacks(*role, route).is_none() {
                    let to = answer.leads_to().unwrap_or_default();
                    assert!(
                        to == "/step-up" || to.starts_with("/step-up?next=%2F"),
                        "{what} {to}"
                    );
                    asked += 1;
                } else {
                    assert_eq!(answer.status, 403, "{what}");
                }
            }
        }
    }
    assert!(asked > 100, "{asked}");
    unchanged(&world, &before, unlike).await;
    assert_eq!(world.portal.sandbox.log().await.len(), 0);
}

#[tokio::test]
async fn whoever_must_have_a_second_factor_and_has_none_gets_nowhere_else() {
    let world = World::new().await;
    let page = world.people[0].2.get("/settings").await.expect(200);
    let all: Vec<_> = Role::ALL
        .iter()
        .map(|role| ("required", role.as_str()))
        .collect();
    world.people[0]
        .2
        .submit(&page, "#second-factor-form", &all)
        .await
        .expect(303);
    world.portal.sandbox.clear_log().await;
    let unlike = &["sessions"];
    let before = world.portal.everything().await;
    for (route, address) in guarded_routes(&world) {
        if address.starts_with("/profile/factors") || address.starts_with("/step-up") {
            continue;
        }
        for (role, _, browser) in &world.people {
            for fragment in [false, true] {
                let answer = ask(browser, route, &address, fragment).await;
                guarded(&answer);
                if address == "/banners" && fragment {
                    assert_eq!(answer.status, 204);
                } else {
                    let what = format!("{role:?} {} {}", answer.asked, answer.status);
                    assert_eq!(
                        answer.leads_to().as_deref(),
                        Some("/profile/factors"),
                        "{what}"
                    );
                }
            }
        }
    }
    unchanged(&world, &before, unlike).await;
    assert_eq!(world.portal.sandbox.log().await.len(), 0);
}
