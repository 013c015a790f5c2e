//! Routes are read correctly from the source, and a fixed list is open to everyone.

use super::*;
use crate::support::{Needs, Source, route_at, routes};

/// Routes open to everyone. Each is a decision and has its own tests.
const OPEN: [&str; 22] = [
    "GET /brand.css",
    "GET /healthz",
    "GET /invite/{token}",
    "POST /invite/{token}",
    "GET /login",
    "POST /login",
    "GET /login/forgotten",
    "POST /login/forgotten",
    "POST /login/passkey",
    "POST /login/passkey/challenge",
    "GET /login/second-factor",
    "POST /login/second-factor",
    "POST /login/second-factor/challenge",
    "POST /login/second-factor/passkey",
    "POST /login/sso",
    "GET /login/sso/callback",
    "GET /logo/{file}",
    "POST /logout",
    "GET /reset/{token}",
    "POST /reset/{token}",
    "GET /setup",
    "POST /setup",
];

/// Routes to which every signed-in person may send, including viewers.
/// They concern the person themselves, what they see, and its freshness. The last ten require more
/// once the target is known.
const SENT_BY_READERS: [&str; 52] = [
    "/accounts/bulk/{action}",
    "/channels/bulk/{action}",
    "/accounts/columns/save",
    "/accounts/refresh",
    "/accounts/selected.csv",
    "/accounts/selected.json",
    "/accounts/views/save",
    "/accounts/views/{id}/default",
    "/accounts/views/{id}/delete",
    "/accounts/views/{id}/move",
    "/accounts/views/{id}/rename",
    "/accounts/views/{id}/update",
    "/activity/columns/save",
    "/activity/verification",
    "/channels/columns/save",
    "/jobs/columns/save",
    "/staff/columns/save",
    "/channels/refresh",
    "/notifications/read-all",
    "/notifications/{id}/read",
    "/org-users/columns/save",
    "/profile",
    "/profile/email",
    "/profile/email/{token}",
    "/profile/factors/app",
    "/profile/factors/app/remove",
    "/profile/factors/codes",
    "/profile/factors/notices/dismiss",
    "/profile/factors/passkeys",
    "/profile/factors/passkeys/challenge",
    "/profile/factors/passkeys/{id}/remove",
    "/profile/factors/passkeys/{id}/rename",
    "/profile/keys",
    "/profile/notifications",
    "/profile/password",
    "/profile/sessions/end-others",
    "/profile/sessions/{id}/end",
    "/step-up",
    "/step-up/challenge",
    "/step-up/code",
    "/step-up/passkey",
    "/step-up/sso",
    "/accounts/{id}/show-key",
    "/operations/{id}/undo",
    "/jobs/{id}/discard",
    "/jobs/{id}/leave-out",
    "/jobs/{id}/pause",
    "/jobs/{id}/resume",
    "/jobs/{id}/retry",
    "/jobs/{id}/start",
    "/jobs/{id}/stop",
    "/jobs/{id}/undo",
];

fn read(files: &[(&str, &str)]) -> Vec<Route> {
    let own = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
    Source::new(files.iter().map(own)).routes()
}

#[test]
fn a_routes_permission_is_read_off_the_types_in_its_handlers_signature() {
    let web = "use super::x; fn router() { Router::new().route(\"/healthz\", get(async || \"ok\")).route(PLACE, get(tags::index)) } const PLACE: &str = \"/b\";";
    let tags = "use self::context::{TagContext, Other}; mod context;
        async fn index(State(app): State<App>, may: Authorized<Read>) {}
        async fn update(may: RecentlyAuthenticated<ManageStaff>, form: Form<Typed>) {}
        async fn by_context(context: TagContext<Annotate>) {}
        async fn by_other(other: Other) {}
        async fn open(session: Session, query: Query<Typed>) {}
        fn router() { Router::new().route(\"/tags/{id}\", get(by_context).post(update)).route(\"/o\", axum::routing::post(by_other)).route(\"/p\", get(open)) }";
    let context = "struct TagContext<P> { app: App, may: Authorized<P> } struct Other { fresh: RecentlyAuthenticated<Read> }";
    let found = read(&[
        ("src/web.rs", web),
        ("src/web/tags.rs", tags),
        ("src/web/tags/context.rs", context),
    ]);
    let found: Vec<_> = found
        .iter()
        .map(|route| (format!("{} {}", route.method, route.path), route.needs))
        .collect();
    let expected = [
        ("GET /b", Needs::Authorized(Permission::Read)),
        ("GET /healthz", Needs::Nothing),
        ("POST /o", Needs::RecentlyAuthenticated(Permission::Read)),
        ("GET /p", Needs::Nothing),
        ("GET /tags/{id}", Needs::Authorized(Permission::Annotate)),
        (
            "POST /tags/{id}",
            Needs::RecentlyAuthenticated(Permission::ManageStaff),
        ),
    ];
    assert_eq!(
        found,
        expected.map(|(route, needs)| (route.to_owned(), needs))
    );
}

#[test]
fn a_route_that_cannot_be_read_fails_the_test() {
    for bad in [
        "fn router() { Router::new().route(\"/a\", get(elsewhere::show)) }",
        "fn router() { Router::new().route(\"/a\", any(show)) } async fn show() {}",
        "fn router() { Router::new().route(\"/a\", delete(show)) } async fn show() {}",
        "fn router() { Router::new().route(&format!(\"/{x}\"), get(show)) } async fn show() {}",
        "fn router() { Router::new().route(\"/a\", get(async |session: Session| \"\")) }",
        "fn router() { Router::new().route_service(\"/a\", files) }",
        "fn router() { Router::new().nest(\"/a\", other()) }",
        "fn router() { make!(Router::new().route(\"/a\", get(show))) } async fn show() {}",
        "fn router() { Router::new().route(\"/a\", get(show)) } async fn show(a: Authorized<Read>, b: Authorized<Annotate>) {}",
        "fn router() { Router::new().route(\"/a\", get(show)) } async fn show(a: TagContext<Annotate>) {} struct TagContext<P> { p: P }",
    ] {
        let result = std::panic::catch_unwind(|| read(&[("src/web/a.rs", bad)]));
        assert!(result.is_err(), "{bad}");
    }
}

#[test]
fn what_is_open_to_everybody_is_known() {
    let open = routes()
        .iter()
        .filter(|route| route.needs == Needs::Nothing);
    let mut open: Vec<_> = open
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    let mut known = OPEN.to_vec();
    open.sort();
    known.sort_unstable();
    assert_eq!(open, known);
    assert!(routes().len() > 130, "{}", routes().len());
}

#[test]
fn what_changes_something_asks_for_more_than_reading_unless_it_is_known_not_to() {
    let by_readers = routes().iter().filter(|route| {
        route.method == Method::POST && route.needs.permission() == Some(Permission::Read)
    });
    let mut by_readers: Vec<_> = by_readers.map(|route| route.path.as_str()).collect();
    let mut known = SENT_BY_READERS.to_vec();
    by_readers.sort_unstable();
    known.sort_unstable();
    assert_eq!(by_readers, known);
}

#[test]
fn an_address_belongs_to_the_route_that_names_it() {
    let at = |address: &str| route_at(&Method::GET, address).map(|route| route.path.as_str());
    assert_eq!(at("/accounts/new?x=/y"), Some("/accounts/new"));
    assert_eq!(at("/accounts/42#notes"), Some("/accounts/{id}"));
    assert_eq!(at("/accounts/42/nothing"), None);
    assert_eq!(at("/accounts/"), None);
}

#[tokio::test]
async fn every_route_of_the_source_is_one_of_the_router_and_its_gate() {
    let world = World::new().await;
    let nobody = world.portal.browser();
    for route in routes() {
        let answer = ask(&nobody, route, &world.address(route), false).await;
        // Unknown addresses are not redirected to the sign-in.
        let stopped = answer.status == 401
            || answer
                .leads_to()
                .is_some_and(|to| to.starts_with("/login?next") || route.path == "/");
        assert_eq!(
            stopped,
            route.needs != Needs::Nothing,
            "{} {}",
            answer.asked,
            answer.status
        );
        let owner = &world.people[0].2;
        let other = owner
            .request(Method::DELETE, &world.address(route))
            .send()
            .await;
        assert_eq!(other.status, 405, "{}", other.asked);
    }
    for address in ["/nothing", "/accounts/1/nothing", "/login/nothing"] {
        nobody.get(address).await.expect(404);
        nobody.post(address, &[]).await.expect(404);
    }
}
