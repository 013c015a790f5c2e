//! Answers to accepted forms: the redirect with its toast, or the fragment for htmx.

use super::{Folder, World, answer, fields, rows};
use crate::support::{PASSWORD, Response};

/// Table of snapshot, address and input.
const SENT: &str = "
    accounts__id__channel-limit       | /accounts/{id}/channel-limit      | channel_limit=18
    accounts__id__custom-pricing      | /accounts/{id}/custom-pricing     | custom_pricing=yes & reason=Agreed.
    accounts__id__block-calls         | /accounts/{account 5}/block-calls | reason=Fraud.
    accounts__id__disable             | /accounts/{account 5}/disable     | reason_code=fraud
    accounts__id__enable              | /accounts/{account 2}/enable      | reenable_all_connections=yes & reason=Paid.
    accounts__id__display-name        | /accounts/{id}/display-name       | display_name=Meier
    accounts__id__tags                | /accounts/{id}/tags               | tag=New
    accounts__id__notes               | /accounts/{id}/notes              | note=Called. & op=01980000-0000-7000-8000-00000000000f
    accounts__id__notes__note__pin    | /accounts/{id}/notes/{note}/pin   | pinned=false
    accounts__id__notes__note__delete | /accounts/{id}/notes/{note}/delete | version=1
    accounts__refresh                 | /accounts/refresh                 | list=/accounts
    accounts__views__save             | /accounts/views/save              | name=All & list=/accounts?sort=-email
    accounts__views__id__rename       | /accounts/views/{id}/rename       | name=Off & version=1
    accounts__views__id__default      | /accounts/views/{id}/default      | default=yes
    accounts__views__id__delete       | /accounts/views/{id}/delete       | version=2
    channels__id__record              | /channels/{account 6}/record      | channel_limit=33
    channels__refresh                 | /channels/refresh                 |
    activity__verification            | /activity/verification            |
    staff__id__role                   | /staff/{id}/role                  | role=manager
    staff__id__disable                | /staff/{id}/disable               |
    staff__id__enable                 | /staff/{id}/enable                |
    profile                           | /profile                          | name=Olga Owner & time_zone=Europe/Berlin
    profile__sessions__end-others     | /profile/sessions/end-others      |
";

/// Table of the same for htmx.
const SENT_BY_HTMX: &str = "
    accounts__id__tags.fragment          | /accounts/{id}/tags          | tag=Newer
    accounts__id__notes.fragment         | /accounts/{id}/notes         | note=Mailed. & op=01980000-0000-7000-8000-00000000000e
    accounts__id__channel-limit.fragment | /accounts/{id}/channel-limit | channel_limit=19
    accounts__id__display-name.fragment  | /accounts/{id}/display-name  | display_name=Other & shown=Meier
    channels__id__limit.fragment         | /channels/{id}/limit         | channel_limit=21
    channels__id__record.fragment        | /channels/{account 6}/record | channel_limit=34
";

/// Table of snapshot, page, form and input.
const FILLED: &str = "
    tags__id__rename      | /tags/{id}/rename | form.confirm              | name=Key
    tags__id__merge       | /tags/{id}/merge  | form.confirm              | into=Pays late
    org-users__id__remove | /org-users/{id}/remove | form.confirm         | confirm_email=andre.kowalska@example.com & reason_code=left_company
    settings              | /settings         | #second-factor-form       | required=owner
    profile__factors__passkeys__id__rename | /profile/factors | form[action$='/rename'] | name=Red key
    profile__factors__codes                | /profile/factors | form[action$='/codes']  |
    profile__factors__passkeys__id__remove | /profile/factors/passkeys/{id}/remove | form.confirm |
    step-up               | /step-up          | #prove-form               | password={password} & next=/channels
    profile__password     | /profile          | form[action='/profile/password'] | present_password={password} & password=lamp teapot orbit & password_again=lamp teapot orbit
";

/// Compares the answer to an accepted form.
/// If it is a redirect, includes the toasts of the next page.
async fn taken(world: &World, folder: &mut Folder, name: &str, answer: &Response) {
    world.settled().await;
    let mut lines = answer::lines(answer, &world.names);
    if answer.leads_to().is_some() {
        let page = world.owner().follow(answer).await;
        lines.extend(answer::toasts(&page, &world.names));
    }
    folder.compare(name, &lines.join("\n"));
    world.pause();
}

#[tokio::test]
async fn what_is_said_after_a_form_is_taken() {
    let world = World::busy().await;
    let mut folder = Folder::new("saved");
    for row in rows(SENT) {
        let answer = world
            .owner()
            .post(&world.address(row[1]), &fields(row[2]))
            .await;
        taken(&world, &mut folder, row[0], &answer).await;
    }
    for row in rows(SENT_BY_HTMX) {
        let answer = world
            .owner()
            .post_fragment(&world.address(row[1]), &fields(row[2]))
            .await;
        taken(&world, &mut folder, row[0], &answer).await;
    }
    for row in rows(FILLED) {
        let page = world.owner().get(&world.address(row[1])).await.expect(200);
        let typed = row[3].replace("{password}", PASSWORD);
        let answer = world.owner().submit(&page, row[2], &fields(&typed)).await;
        taken(&world, &mut folder, row[0], &answer).await;
    }
    in_steps(&world, &mut folder).await;
    folder.finish();
}

/// Changes that take more than one page.
async fn in_steps(world: &World, folder: &mut Folder) {
    let owner = world.owner();
    let path = world.address("/accounts/{id}/channel-limit");
    let done = owner.post(&path, &[("channel_limit", "23")]).await;
    let page = owner.follow(&done).await;
    let undone = owner.submit(&page, ".toast form", &[]).await;
    taken(world, folder, "operations__id__undo", &undone).await;

    let form = owner.get("/accounts/new").await;
    let typed = "organization_name=Brandt & email=voice@brandt.example & rollup_billing=no & custom_pricing=yes & channel_limit=5";
    let review = owner.submit(&form, "#new-account", &fields(typed)).await;
    taken(world, folder, "accounts__new__review", &review).await;
    let made = owner.submit(&review, "#create", &[]).await;
    taken(world, folder, "accounts__new__create", &made).await;
    let page = owner.follow(&made).await;
    taken(world, folder, "accounts__created__op", &page).await;

    let form = owner.get("/channels/record").await;
    let typed = [("lines", "office@acme.example, 12"), ("step", "check")];
    let checked = owner.submit(&form, "main form[method=post]", &typed).await;
    taken(world, folder, "channels__record.checked", &checked).await;
    let recorded = owner
        .submit(&checked, "main form[method=post]", &[("step", "record")])
        .await;
    taken(world, folder, "channels__record", &recorded).await;
}
