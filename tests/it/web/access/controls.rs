//! Controls of pages: no one is offered a forbidden action or a missing address.

use super::*;
use crate::support::{Needs, route_at, routes};

#[tokio::test]
async fn no_page_offers_what_the_role_may_not_do_or_what_is_not_there() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    let mut offered = std::collections::BTreeSet::new();
    for (role, _, browser) in &world.people {
        for route in routes().iter().filter(|route| route.method == Method::GET) {
            if route.needs == Needs::Nothing || lacks(*role, route).is_some() {
                continue;
            }
            let page = browser.get(&world.address(route)).await;
            if !page.header("content-type").starts_with("text/html") {
                continue;
            }
            for control in page.controls() {
                let Some(led) = route_at(&control.method(), &control.address) else {
                    wrong.push(format!("{}: {control:?} leads nowhere", page.asked));
                    continue;
                };
                if lacks(*role, led).is_some() {
                    wrong.push(format!("{}: offers {role:?} {control:?}", page.asked));
                } else {
                    offered.insert((led.method.to_string(), led.path.clone()));
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(
        offered.len() > 60,
        "the pages offer {} of the routes",
        offered.len()
    );
}
