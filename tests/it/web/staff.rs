//! Changes to staff: the pages, the rules in the transaction, and conflicts.

use reseller_portal::db::audit::{self, EventFilter};
use reseller_portal::db::staff;
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};
use reseller_portal::domain::role::{Permission, Role};
use reseller_portal::domain::staff::StaffRefusal;
use reseller_portal::staff::{Error, Principal, members};

use super::sign_in::sign_in;
use crate::support::{PASSWORD, Portal};

fn path(actor: &Actor, what: &str) -> String {
    format!("/staff/{}{what}", actor.staff_id)
}

#[tokio::test]
async fn somebodys_page_leads_to_what_they_did_and_to_nothing_else() {
    let portal = Portal::start().await;
    let target = portal.staff(Role::Viewer).await;
    for email in [&target.email, &portal.staff(Role::Admin).await.email] {
        sign_in(&portal.browser(), email, PASSWORD)
            .await
            .expect(303);
    }
    let browser = portal.signed_in(Role::Owner).await;
    let page = browser.get(&path(&target, "")).await.expect(200);
    let theirs = page.attr_of("main a[href^='/activity']", "href").unwrap();
    let page = browser.get(&theirs).await.expect(200);
    assert!(!page.says("was ignored"), "{}", page.words());
    assert_eq!(page.count(".feed > li"), 1);
    assert!(
        page.says(&format!("{} signed in", target.name)),
        "{}",
        page.words()
    );
}

#[tokio::test]
async fn everybody_reads_the_list_and_only_who_manages_staff_gets_its_forms() {
    let portal = Portal::start().await;
    let target = portal.staff(Role::Viewer).await;
    for role in Role::ALL {
        let browser = portal.signed_in(role).await;
        let may = role.may(Permission::ManageStaff);
        let list = browser.get("/staff").await.expect(200);
        assert_eq!(list.has("a[href='/staff/new']"), may, "{role:?}");
        browser.get(&path(&target, "")).await.expect(200);
        let status = if may { 200 } else { 403 };
        for page in ["/staff/new", path(&target, "/disable").as_str()] {
            browser.get(page).await.expect(status);
        }
        if !may {
            for (what, fields) in [
                ("/role", vec![("role", "owner")]),
                ("/disable", vec![]),
                ("/enable", vec![]),
                ("/link", vec![]),
            ] {
                let page = browser
                    .post(&path(&target, what), &fields)
                    .await
                    .expect(403);
                assert!(page.says("Your role cannot manage staff."), "{what}");
            }
            browser
                .post(
                    "/staff",
                    &[
                        ("name", "X"),
                        ("email", "x@example.com"),
                        ("role", "viewer"),
                    ],
                )
                .await
                .expect(403);
        }
    }
}

#[tokio::test]
async fn a_role_changes_and_is_told() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let target = portal.staff(Role::Viewer).await;
    let page = owner.get(&path(&target, "")).await.expect(200);
    let done = owner
        .submit(&page, "#role-form", &[("role", "manager")])
        .await
        .expect(303);
    let after = owner.follow(&done).await.expect(200);
    assert_eq!(
        after.text_of(".toast p"),
        "Test Viewer has the role Account manager."
    );
    assert!(
        !owner.get(&path(&target, "")).await.has("#toasts .toast"),
        "a toast is said once"
    );
    let filter = EventFilter {
        kinds: vec![EventKind::RoleChanged],
        ..EventFilter::default()
    };
    let told = audit::latest(&portal.db, &filter, 10).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].event.before.as_deref(), Some("Viewer"));
    assert_eq!(told[0].event.after.as_deref(), Some("Account manager"));
    assert_eq!(told[0].event.target, target.email);
}

#[tokio::test]
async fn an_admin_neither_makes_nor_touches_owners() {
    let portal = Portal::start().await;
    let owner = portal.staff(Role::Owner).await;
    let viewer = portal.staff(Role::Viewer).await;
    let admin = portal.signed_in(Role::Admin).await;
    let page = admin.get(&path(&owner, "")).await.expect(200);
    assert!(!page.has("#role-form") && !page.has("#link-form"));
    assert!(page.says("Only an owner can make someone an owner, or change an owner."));
    for (what, fields, status) in [
        ("/role", vec![("role", "viewer")], 422),
        ("/disable", vec![], 422),
        ("/link", vec![], 403),
    ] {
        let refused = admin
            .post(&path(&owner, what), &fields)
            .await
            .expect(status);
        assert!(refused.says("Only an owner can"), "{what}");
    }
    admin
        .post(&path(&viewer, "/role"), &[("role", "owner")])
        .await
        .expect(422);
    let typed = [("name", "X"), ("email", "x@example.com"), ("role", "owner")];
    let refused = admin.post("/staff", &typed).await.expect(422);
    assert_eq!(
        refused.text_of("#role-help"),
        "Only an owner can make someone an owner, or change an owner."
    );
    assert!(
        staff::by_email(&portal.db, "x@example.com")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn nobody_changes_or_disables_themselves_and_the_last_owner_stays() {
    let portal = Portal::start().await;
    let actor = portal.staff(Role::Owner).await;
    let owner = portal.signed_in_as(&actor).await;
    owner
        .post(&path(&actor, "/role"), &[("role", "viewer")])
        .await
        .expect(422);
    let page = owner.post(&path(&actor, "/disable"), &[]).await.expect(422);
    assert!(page.says("You cannot change your own role"));
    let last = members::disable(&portal, Principal::Shell, actor.staff_id, None).await;
    assert!(
        matches!(last, Err(Error::Refused(StaffRefusal::LastOwner))),
        "{last:?}"
    );
    let last =
        members::change_role(&portal, Principal::Shell, actor.staff_id, Role::Admin, None).await;
    assert!(
        matches!(last, Err(Error::Refused(StaffRefusal::LastOwner))),
        "{last:?}"
    );
}

#[tokio::test]
async fn two_owners_who_disable_each_other_at_once_leave_one() {
    let portal = Portal::start().await;
    let (one, other) = (
        portal.staff(Role::Owner).await,
        portal.staff(Role::Owner).await,
    );
    let (a, b) = tokio::join!(
        members::disable(&portal, Principal::Actor(&one), other.staff_id, None),
        members::disable(&portal, Principal::Actor(&other), one.staff_id, None),
    );
    assert_eq!(
        usize::from(a.is_ok()) + usize::from(b.is_ok()),
        1,
        "{a:?} {b:?}"
    );
    let owners = staff::all(&portal.db)
        .await
        .unwrap()
        .into_iter()
        .filter(|staff| staff.disabled_at.is_none());
    assert_eq!(owners.count(), 1);
}

#[tokio::test]
async fn who_is_disabled_is_out_at_once_and_what_remains_is_shown() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let target = portal.staff(Role::Manager).await;
    let device = portal.signed_in_as(&target).await;
    let account = "0b2a5f6e-0000-4000-8000-000000000001".parse().unwrap();
    let shown = Event {
        account: Some(account),
        ..Event::by_actor(
            &target,
            EventKind::KeyShown,
            EventOutcome::Done,
            "Acme <Ltd>",
        )
    };
    audit::record(&portal.db, &portal.audit_key, portal.clock.now(), &shown)
        .await
        .unwrap();
    let link = owner
        .post(&path(&target, "/link"), &[])
        .await
        .expect(200)
        .text_of("#link");

    let dialog = owner
        .get_fragment(&path(&target, "/disable"))
        .await
        .expect(200);
    assert!(!dialog.text.contains("<html") && dialog.has("form.confirm"));
    let done = owner.submit(&dialog, "form.confirm", &[]).await.expect(303);
    let after = owner.follow(&done).await.expect(200);
    assert!(after.says("No user of our organization has the email manager@example.com"));
    assert_eq!(after.select("#keys td.lead"), ["Acme <Ltd>"]);

    device.get("/profile").await.expect(303);
    portal.browser().get(&link).await.expect(404);
    portal
        .browser()
        .post(
            "/login",
            &[("email", &target.email), ("password", PASSWORD)],
        )
        .await
        .expect(422);
    let refused = owner.post(&path(&target, "/link"), &[]).await.expect(403);
    assert!(refused.says("They are disabled. Enable them first."));

    let page = owner.get(&path(&target, "")).await.expect(200);
    owner.submit(&page, "#enable-form", &[]).await.expect(303);
    portal
        .browser()
        .post(
            "/login",
            &[("email", &target.email), ("password", PASSWORD)],
        )
        .await
        .expect(303);
}

#[tokio::test]
async fn somebody_disabled_who_is_an_organization_user_too_is_pointed_out() {
    let portal = Portal::start().await;
    reseller_portal::jobs::org_users_once(&portal)
        .await
        .unwrap();
    let users = reseller_portal::db::org_users::list(
        &portal.db,
        &reseller_portal::db::org_users::OrgUserQuery::default(),
    )
    .await
    .unwrap();
    let email = users
        .rows
        .iter()
        .find_map(|user| user.email.clone())
        .unwrap();
    let owner = portal.signed_in(Role::Owner).await;
    let typed = [
        ("name", "Both"),
        ("email", email.as_str()),
        ("role", "viewer"),
    ];
    owner.post("/staff", &typed).await.expect(200);
    let both = staff::by_email(&portal.db, &email).await.unwrap().unwrap();
    let done = owner
        .post(&format!("/staff/{}/disable", both.id), &[])
        .await
        .expect(303);
    let after = owner.follow(&done).await.expect(200);
    assert!(after.says("They can still sign in to Telnyx"));
    assert!(after.has("a[href^='/org-users/']"));
}

#[tokio::test]
async fn a_form_that_shows_somebody_as_they_were_is_not_taken_but_says_who_was_first() {
    let portal = Portal::start().await;
    let (first, second) = (
        portal.signed_in(Role::Owner).await,
        portal.signed_in(Role::Admin).await,
    );
    let target = portal.staff(Role::Viewer).await;
    let stale = second.get(&path(&target, "")).await.expect(200);
    let page = first.get(&path(&target, "")).await.expect(200);
    first
        .submit(&page, "#role-form", &[("role", "manager")])
        .await
        .expect(303);

    let bar = second
        .submit(&stale, "#role-form", &[("role", "admin")])
        .await
        .expect(409);
    assert!(
        bar.text_of("[role=alert]")
            .contains("Test Owner gave them the role Account manager at "),
        "{}",
        bar.words()
    );
    assert_eq!(
        bar.form("#role-form").value("role"),
        Some("admin"),
        "the choice is kept"
    );
    assert_eq!(
        staff::by_id(&portal.db, target.staff_id)
            .await
            .unwrap()
            .unwrap()
            .role,
        Role::Manager
    );
    second.submit(&bar, "#role-form", &[]).await.expect(303);
    assert_eq!(
        staff::by_id(&portal.db, target.staff_id)
            .await
            .unwrap()
            .unwrap()
            .role,
        Role::Admin
    );
}

#[tokio::test]
async fn bad_input_on_the_pages_of_staff_is_a_sentence_at_the_field() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let target = portal.staff(Role::Viewer).await;
    let long = "x".repeat(10_000);
    for name in ["", "  ", "a\0b", "two\nlines", long.as_str()] {
        let page = owner
            .post(
                "/staff",
                &[
                    ("name", name),
                    ("email", "x@example.com"),
                    ("role", "viewer"),
                ],
            )
            .await;
        let page = page.expect(422);
        assert!(page.has("#name[aria-invalid=true]"));
        assert_eq!(page.form("form.form").value("email"), Some("x@example.com"));
    }
    for email in [
        "",
        "x",
        "x@",
        "a b@example.com",
        "<b>@example.com\0",
        long.as_str(),
    ] {
        let page = owner
            .post(
                "/staff",
                &[("name", "X"), ("email", email), ("role", "viewer")],
            )
            .await
            .expect(422);
        assert!(page.has("#email[aria-invalid=true]"), "{email}");
    }
    owner
        .post(
            "/staff",
            &[("name", "X"), ("email", "x@example.com"), ("role", "king")],
        )
        .await
        .expect(422);
    owner.post("/staff", &[]).await.expect(422);
    let taken = owner
        .post(
            "/staff",
            &[
                ("name", "X"),
                ("email", "VIEWER@example.com"),
                ("role", "viewer"),
            ],
        )
        .await;
    assert!(
        taken
            .expect(422)
            .text_of("#email-help")
            .starts_with("A staff member has this email")
    );
    owner
        .post(&path(&target, "/role"), &[("role", "king")])
        .await
        .expect(422);
    owner
        .post(
            &path(&target, "/role"),
            &[("role", "admin"), ("version", "x")],
        )
        .await
        .expect(400);
    for id in [
        "nobody",
        "00000000-0000-7000-8000-000000000000",
        "%00",
        "%F0%9F%98%80",
    ] {
        owner.get(&format!("/staff/{id}")).await.expect(404);
        owner
            .post(&format!("/staff/{id}/disable"), &[])
            .await
            .expect(404);
    }
    let hostile = "<script>alert(1)</script> שלום 😀 \"'";
    owner
        .post(
            "/staff",
            &[
                ("name", hostile),
                ("email", "h@example.com"),
                ("role", "viewer"),
            ],
        )
        .await
        .expect(200);
    let list = owner.get("/staff").await.expect(200);
    assert!(list.says(hostile) && !list.has("td script"));
}
