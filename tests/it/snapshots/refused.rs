//! Forms with invalid input, and forms sent after something else has changed.

use std::time::Duration;

use reseller_portal::domain::role::Role;
use serde_json::json;

use super::{Folder, World, answer, fields, rows, told};
use crate::support::{PASSWORD, Response};

const CONFIRM: &str = "form.confirm";

/// Table of snapshot, page, form and input.
const WRONG: &str = "
    accounts__id__channel-limit.words   | /accounts/{id}/channel-limit  | form.confirm | channel_limit=many
    accounts__id__channel-limit.pool    | /accounts/{id}/channel-limit  | form.confirm | channel_limit=99999
    accounts__id__channel-limit.zero    | /accounts/{id}/channel-limit  | form.confirm | channel_limit=0
    accounts__id__channel-limit.same    | /accounts/{id}/channel-limit  | form.confirm | channel_limit=17
    accounts__id__disable.other         | /accounts/{id}/disable        | form.confirm | reason_code=other
    accounts__id__disable.reason        | /accounts/{id}/disable        | form.confirm | reason_code=fraud & reason=a\0b
    accounts__id__enable.unanswered     | /accounts/{account 2}/enable  | form.confirm |
    accounts__id__block-calls.empty     | /accounts/{id}/block-calls    | form.confirm |
    accounts__id__custom-pricing.wrong  | /accounts/{id}/custom-pricing | form.confirm | custom_pricing=maybe
    accounts__id__display-name.line     | /accounts/{id}/display-name   | form.confirm | display_name=a\0b
    accounts__id__tags.wrong            | /accounts/{id} | form[action$='/tags']       | tag=a\0b
    accounts__id__notes.empty           | /accounts/{id} | #notes-new                  | note=
    accounts__id.limit                  | /accounts/{id} | #channels form.limit-editor | channel_limit=many
    accounts__new.wrong                 | /accounts/new  | #new-account | organization_name= & email=none & channel_limit=many
    accounts__new.taken                 | /accounts/new  | #new-account | organization_name=Meier Logistik GmbH & email=voice@quillworth.example & rollup_billing=no & custom_pricing=yes & channel_limit=9999
    accounts__views__save.wrong         | /accounts/views | form[action='/accounts/views/save'] | name=a\0b
    accounts__views__id__rename.empty   | /accounts/views | form[action$='/rename']   | name=
    channels__id__record.words          | /channels/{id}/record   | form.confirm | channel_limit=many
    channels__record.wrong              | /channels/record        | main form[method=post] | lines=nobody@acme.example, 30;office@acme.example, many
    tags__id__rename.taken              | /tags/{id}/rename       | form.confirm | name=Pays late
    tags__id__rename.empty              | /tags/{id}/rename       | form.confirm | name=
    tags__id__merge.none                | /tags/{id}/merge        | form.confirm | into=nothing
    org-users__id__remove.other         | /org-users/{id}/remove  | form.confirm | confirm_email=other@example.com & reason_code=error
    org-users__id__remove.reason        | /org-users/{id}/remove  | form.confirm | confirm_email=other@example.com & reason_code=other
    profile.wrong                       | /profile                | #profile-form | name= & time_zone=Mars/Base
    profile__password.wrong             | /profile                | form[action='/profile/password'] | present_password=guess & password=short & password_again=other
    profile__factors__app.code          | /profile/factors/app    | #app-form   | code=12 34
    step-up.wrong                       | /step-up                | #prove-form | password=not it at all
    staff.taken                         | /staff/new              | form[action='/staff'] | name= & email=admin@example.com
";

/// Table of snapshot, page, form and input.
/// The last columns are the form and input that someone else sent before.
const LATE: &str = "
    accounts__id__display-name   | /accounts/{id}/display-name   | form.confirm | display_name=Mine | /accounts/{id}/display-name   | display_name=Theirs
    accounts__id__channel-limit  | /accounts/{id}/channel-limit  | form.confirm | channel_limit=50  | /accounts/{id}/channel-limit  | channel_limit=45
    accounts__id.limit           | /accounts/{id} | #channels form.limit-editor | channel_limit=51  | /accounts/{id}/channel-limit  | channel_limit=46
    accounts__id__custom-pricing | /accounts/{id}/custom-pricing | form.confirm | reason=Mine       | /accounts/{id}/custom-pricing | reason=Theirs
    accounts__id__block-calls    | /accounts/{id}/block-calls    | form.confirm | reason=Mine       | /accounts/{id}/channel-limit  | channel_limit=47
    accounts__id__disable        | /accounts/{id}/disable        | form.confirm | reason_code=fraud | /accounts/{id}/disable        | reason_code=error
    tags__id__rename             | /tags/{id}/rename             | form.confirm | name=Mine         | /tags/{id}/rename             | name=Theirs
";

/// Fills and sends a form, once as a page does and once as htmx does.
async fn send(
    world: &World,
    folder: &mut Folder,
    name: &str,
    page: &Response,
    css: &str,
    typed: &[(&str, &str)],
) {
    let form = page.form(css);
    let fields = form.filled(typed);
    let whole = world.owner().post(&form.action, &fields).await;
    world.settled().await;
    folder.compare(name, &told(world, &whole));
    if page.attr_of(css, "hx-post").is_some() {
        let part = world.owner().post_fragment(&form.action, &fields).await;
        world.settled().await;
        let part = answer::part_of(&whole, &part, &world.names);
        folder.compare(&format!("{name}.fragment"), &part.join("\n"));
    }
}

#[tokio::test]
async fn what_is_filled_wrongly() {
    let world = World::busy().await;
    let mut folder = Folder::new("refused");
    for row in rows(WRONG) {
        let [name, path, css, typed] = row[..] else {
            panic!("{row:?} has not four columns");
        };
        world.pause();
        let page = world.owner().get(&world.address(path)).await.expect(200);
        send(&world, &mut folder, name, &page, css, &fields(typed)).await;
    }
    let path = world.address("/accounts/{id}/disable");
    let page = world.owner().get(&path).await.expect(200);
    let rule =
        json!([{ "method": "POST", "path": "/v2/managed_accounts/*", "then": { "status": 422 } }]);
    world.portal.sandbox.faults(rule).await;
    send(
        &world,
        &mut folder,
        "accounts__id__disable.by-telnyx",
        &page,
        CONFIRM,
        &[("reason_code", "fraud")],
    )
    .await;
    folder.finish();
}

#[tokio::test]
async fn what_changed_meanwhile() {
    let world = World::busy().await;
    let mut folder = Folder::new("conflicts");
    for row in rows(LATE) {
        let [name, path, css, typed, other, theirs] = row[..] else {
            panic!("{row:?} has not six columns");
        };
        world.pause();
        let page = world.owner().get(&world.address(path)).await.expect(200);
        let filled = world
            .browser(Role::Admin)
            .get(&world.address(other))
            .await
            .expect(200);
        world
            .submit(Role::Admin, &filled, CONFIRM, &fields(theirs))
            .await;
        send(&world, &mut folder, name, &page, css, &fields(typed)).await;
    }
    tags(&world, &mut folder).await;
    staff(&world, &mut folder).await;
    notes(&world, &mut folder).await;
    used_before(&world, &mut folder).await;
    folder.finish();
}

async fn tags(world: &World, folder: &mut Folder) {
    for verb in ["merge", "delete"] {
        let path = world.address(&format!("/tags/{{id}}/{verb}"));
        let page = world.owner().get(&path).await.expect(200);
        let account = &world.accounts[if verb == "merge" { 4 } else { 5 }];
        world
            .send(
                Role::Admin,
                &format!("/accounts/{account}/tags"),
                &[("tag", "Theirs")],
            )
            .await;
        send(
            world,
            folder,
            &format!("tags__id__{verb}"),
            &page,
            CONFIRM,
            &[("into", "Pays late")],
        )
        .await;
    }
}

async fn staff(world: &World, folder: &mut Folder) {
    let path = world.address("/staff/{id}");
    let page = world.owner().get(&path).await.expect(200);
    let disable = world
        .owner()
        .get(&format!("{path}/disable"))
        .await
        .expect(200);
    world
        .submit(Role::Admin, &page, "#role-form", &[("role", "admin")])
        .await;
    send(
        world,
        folder,
        "staff__id__role",
        &page,
        "#role-form",
        &[("role", "manager")],
    )
    .await;
    send(world, folder, "staff__id__disable", &disable, CONFIRM, &[]).await;
    let page = world.owner().get("/settings").await.expect(200);
    world
        .submit(
            Role::Owner,
            &page,
            "#second-factor-form",
            &[("required", "owner")],
        )
        .await;
    send(
        world,
        folder,
        "settings",
        &page,
        "#second-factor-form",
        &[("required", "admin")],
    )
    .await;
    let path = world.address("/org-users/{id}/remove");
    let page = world.owner().get(&path).await.expect(200);
    let email = page
        .attr_of("[data-confirm-text]", "data-confirm-text")
        .unwrap();
    let typed = [
        ("confirm_email", email.as_str()),
        ("reason_code", "left_company"),
    ];
    world.submit(Role::Admin, &page, CONFIRM, &typed).await;
    send(
        world,
        folder,
        "org-users__id__remove",
        &page,
        CONFIRM,
        &typed,
    )
    .await;
    let proved = world
        .owner()
        .post("/step-up", &[("password", PASSWORD)])
        .await;
    folder.compare("step-up.again", &told(world, &proved));
}

async fn notes(world: &World, folder: &mut Folder) {
    let author = world.browser(Role::Owner);
    let path = format!("/accounts/{}/notes", world.accounts[4]);
    let page = author.get(&path).await.expect(200);
    world
        .submit(Role::Owner, &page, "#notes-new", &[("note", "First text.")])
        .await;
    let page = author.get(&path).await.expect(200);
    let edit = "#notes li details form[action*='/notes/']:not([action$='/delete'])";
    world
        .submit(Role::Owner, &page, edit, &[("note", "Theirs.")])
        .await;
    send(
        world,
        folder,
        "accounts__id__notes__note",
        &page,
        edit,
        &[("note", "Mine.")],
    )
    .await;
    let page = author.get(&path).await.expect(200);
    world
        .submit(Role::Owner, &page, "#notes form[action$='/delete']", &[])
        .await;
    send(
        world,
        folder,
        "accounts__id__notes__note.deleted",
        &page,
        edit,
        &[("note", "Mine.")],
    )
    .await;
}

async fn used_before(world: &World, folder: &mut Folder) {
    let path = format!("/accounts/{}", world.accounts[4]);
    let page = world
        .owner()
        .get(&format!("{path}/channel-limit"))
        .await
        .expect(200);
    world
        .submit(Role::Owner, &page, CONFIRM, &[("channel_limit", "8")])
        .await;
    send(
        world,
        folder,
        "accounts__id__channel-limit.used",
        &page,
        CONFIRM,
        &[("channel_limit", "9")],
    )
    .await;
    let page = world
        .owner()
        .get(&format!("{path}/disable"))
        .await
        .expect(200);
    world
        .portal
        .sandbox
        .change_elsewhere(&world.accounts[4], json!({ "status": "disabled" }))
        .await;
    for _ in 0..2 {
        world.portal.advance(Duration::from_secs(61));
        world.portal.sweep().await;
    }
    send(
        world,
        folder,
        "accounts__id__disable.outside",
        &page,
        CONFIRM,
        &[("reason_code", "fraud")],
    )
    .await;
}
