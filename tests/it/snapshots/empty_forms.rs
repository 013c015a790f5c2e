//! Every form sent empty, as a page and as htmx send it, with its error.

use axum::http::Method;

use super::{Folder, World, answer, name_of};
use crate::support::routes;

#[tokio::test]
async fn what_is_sent_empty() {
    let world = World::busy().await;
    let mut folder = Folder::new("empty_forms");
    for route in routes().iter().filter(|route| route.method == Method::POST) {
        let address = world.address(&route.path);
        let mut answers = Vec::new();
        world.pause();
        for fragment in [false, true] {
            // This form ends the session.
            let browser = match address.as_str() {
                "/logout" => &world.portal.signed_in_as(&world.people[0].1).await,
                _ => world.owner(),
            };
            let request = browser.request(Method::POST, &address).form(&[]);
            let request = if fragment {
                request.fragment()
            } else {
                request
            };
            answers.push(request.send().await);
            world.settled().await;
        }
        let page = answer::lines(&answers[0], &world.names);
        let part = answer::part_of(&answers[0], &answers[1], &world.names);
        folder.compare(&name_of(&route.path, "empty"), &page.join("\n"));
        if part != page {
            folder.compare(&name_of(&route.path, "empty.fragment"), &part.join("\n"));
        }
    }
    folder.finish();
}
