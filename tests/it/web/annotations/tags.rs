//! Tags on accounts, and the page of the tags themselves.

use reseller_portal::db::accounts::{self, SortOrder};
use reseller_portal::domain::account_filter::{AccountFilter, Criteria};
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::role::Role;

use super::{HOSTILE, listed, some, tag, told};
use crate::support::{Browser, Portal, Response};

/// Returns the page of a tag's change, from the page of tags.
async fn change(browser: &Browser, name: &str, verb: &str) -> Response {
    let page = browser.get("/tags").await.expect(200);
    let links = page.attrs_of(&format!("a[href$='/{verb}']"), "href");
    let names = page.select("tbody .cell-main a");
    let at = names.iter().position(|other| other == name).unwrap();
    browser.get(&links[at]).await.expect(200)
}

#[tokio::test]
async fn a_tag_is_typed_freely_found_by_the_list_and_removed_again() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let ids = some(&portal).await;
    let path = format!("/accounts/{}", ids[0]);
    let page = ann.get(&path).await.expect(200);
    let added = ann
        .submit(
            &page,
            "#tags form.annotation-form",
            &[("tag", " Key Account ")],
        )
        .await;
    assert_eq!(added.header("location"), format!("{path}#tags"));
    let page = ann.follow(&added.expect(303)).await.expect(200);
    assert_eq!(page.text_of(".tag a"), "Key Account");
    assert_eq!(
        page.attr_of(".tag a", "href").as_deref(),
        Some("/accounts?tag=Key+Account")
    );
    tag(&ann, &ids[1], "KEY ACCOUNT").await;
    assert_eq!(
        ann.get(&format!("/accounts/{}", ids[1]))
            .await
            .text_of(".tag a"),
        "Key Account"
    );
    let mut found = listed(&ann, "q=key+acc").await;
    found.sort();
    let mut both = ids[..2].to_vec();
    both.sort();
    assert_eq!(found, both);

    let again = ann
        .post(&format!("{path}/tags"), &[("tag", "key account")])
        .await
        .expect(422);
    assert!(
        again.says("It has the tag “Key Account” already."),
        "{}",
        again.words()
    );
    let removed = ann.submit(&page, "#tags .tag form", &[]).await.expect(303);
    assert!(!ann.follow(&removed).await.has(".tag"));
    ann.submit(&page, "#tags .tag form", &[]).await.expect(303);
    assert_eq!(listed(&ann, "q=key+acc").await, [ids[1].as_str()]);
    let told = told(&portal, EventKind::AccountTags).await;
    assert_eq!(told.len(), 3, "removing it again tells nothing");
    assert_eq!(told[0].event.before.as_deref(), Some("Key Account"));
    assert_eq!(told[0].event.after.as_deref(), Some("none"));
}

#[tokio::test]
async fn the_card_alone_comes_back_where_htmx_asks() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let path = format!("/accounts/{}/tags", some(&portal).await[0]);
    let card = ann
        .post_fragment(&path, &[("tag", "vip")])
        .await
        .expect(200);
    assert!(
        card.text.trim_start().starts_with("<section"),
        "{}",
        card.text
    );
    assert_eq!(card.text_of(".tag a"), "vip");
    assert!(card.has("#tag[autofocus]"), "the next one can be typed");
    ann.post_fragment(&path, &[("tag", "late")])
        .await
        .expect(200);
    let card = ann
        .post_fragment(&path, &[("tag", "new")])
        .await
        .expect(200);
    let remove = |card: &Response, at: usize| card.attrs_of(".tag form", "action")[at].clone();
    let card = ann.post_fragment(&remove(&card, 1), &[]).await.expect(200);
    assert_eq!(card.select(".tag a"), ["late", "vip"]);
    assert!(
        card.has(".tag:last-child button[autofocus]"),
        "the next one can be removed"
    );
    let card = ann.post_fragment(&remove(&card, 1), &[]).await.expect(200);
    assert!(card.has(".tag:only-child button[autofocus]"));
    let card = ann.post_fragment(&remove(&card, 0), &[]).await.expect(200);
    assert!(card.has("#tag[autofocus]"), "none is left to remove");
    let card = ann.post_fragment(&path, &[("tag", "")]).await.expect(422);
    assert!(card.text.trim_start().starts_with("<section"));
    assert!(card.has("#tag[aria-invalid=true]"));
}

#[tokio::test]
async fn a_tag_that_cannot_be_one_is_refused_at_its_field_and_what_was_typed_stays() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let path = format!("/accounts/{}/tags", some(&portal).await[0]);
    let long = "ä".repeat(300);
    let page = ann.post(&path, &[("tag", &long)]).await.expect(422);
    assert_eq!(page.attr_of("#tag", "value"), Some(long));
    assert_eq!(
        page.text_of("#tag-help"),
        "This is too long: at most 50 characters."
    );
    for typed in HOSTILE {
        let answer = ann.post(&path, &[("tag", typed)]).await;
        assert!(
            matches!(answer.status.as_u16(), 303 | 422),
            "{typed:?}: {}",
            answer.status
        );
        assert!(!answer.has("main script"), "{typed:?}");
    }
    let page = ann.get("/tags").await.expect(200);
    assert!(page.select(".cell-main a").contains(&HOSTILE[5].to_owned()));
    assert!(!page.has("main script"));
    for typed in HOSTILE {
        let typed: String = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect();
        ann.get(&format!("/tags?q={typed}")).await.expect(200);
        ann.get(&format!("/accounts?tag={typed}")).await.expect(200);
    }
}

#[tokio::test]
async fn an_account_has_at_most_twenty_tags() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let id = &some(&portal).await[0];
    for number in 1..=20 {
        tag(&ann, id, &format!("tag {number}")).await;
    }
    let page = ann
        .post(&format!("/accounts/{id}/tags"), &[("tag", "one more")])
        .await
        .expect(422);
    assert!(
        page.says("An account has at most 20 tags."),
        "{}",
        page.words()
    );
    assert_eq!(page.count(".tag"), 20);
    assert!(
        !ann.get("/tags").await.says("one more"),
        "a tag that was refused is not made"
    );
}

#[tokio::test]
async fn a_renamed_tag_is_found_under_its_new_name_and_no_more_under_the_old_one() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let ids = some(&portal).await;
    tag(&ann, &ids[0], "reseler").await;
    tag(&ann, &ids[1], "other").await;
    assert_eq!(listed(&ann, "q=reseler").await, [ids[0].as_str()]);
    let form = change(&ann, "reseler", "rename").await;
    let taken = ann
        .submit(&form, "form.confirm", &[("name", "OTHER")])
        .await
        .expect(422);
    assert!(
        taken.says("There is a tag “OTHER” already."),
        "{}",
        taken.words()
    );
    let saved = ann
        .submit(&form, "form.confirm", &[("name", "Wholesale")])
        .await
        .expect(303);
    assert!(
        ann.follow(&saved)
            .await
            .says("The tag is called Wholesale now.")
    );
    assert!(listed(&ann, "q=reseler").await.is_empty());
    assert_eq!(listed(&ann, "q=wholesale").await, [ids[0].as_str()]);

    let stale = ann
        .submit(&form, "form.confirm", &[("name", "Third")])
        .await
        .expect(409);
    assert!(
        stale.says("It is called “Wholesale” now"),
        "{}",
        stale.words()
    );
    assert_eq!(stale.form("form.confirm").value("name"), Some("Third"));
    ann.submit(&stale, "form.confirm", &[]).await.expect(303);
    assert_eq!(listed(&ann, "q=third").await, [ids[0].as_str()]);
    let told = told(&portal, EventKind::TagRenamed).await;
    assert_eq!(told[0].event.before.as_deref(), Some("Wholesale"));
    assert_eq!(told[0].event.after.as_deref(), Some("Third"));
}

#[tokio::test]
async fn merging_keeps_each_account_once_and_is_bound_to_how_many_it_showed() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let ids = some(&portal).await;
    for (id, name) in [(0, "a"), (1, "a"), (1, "b"), (2, "b")] {
        tag(&ann, &ids[id], name).await;
    }
    let form = change(&ann, "a", "merge").await;
    assert!(
        form.text_of(".consequences").contains("2 accounts"),
        "{}",
        form.words()
    );
    for (into, words) in [
        ("a", "This is the same tag."),
        ("c", "There is no such tag."),
    ] {
        let page = ann
            .submit(&form, "form.confirm", &[("into", into)])
            .await
            .expect(422);
        assert!(
            page.text_of("#into-help").starts_with(words),
            "{}",
            page.words()
        );
    }
    tag(&ann, &ids[3], "a").await;
    // An error in a field must not show the new numbers unnoticed.
    let stale = ann
        .submit(&form, "form.confirm", &[("into", "c")])
        .await
        .expect(409);
    assert!(
        stale.says("It is called “a” now, on 3 accounts."),
        "{}",
        stale.words()
    );
    assert!(stale.text_of(".consequences").contains("3 accounts"));
    assert_eq!(stale.form("form.confirm").value("into"), Some("c"));
    let stale = ann
        .submit(&form, "form.confirm", &[("into", "B")])
        .await
        .expect(409);
    assert!(
        stale.says("It is called “a” now, on 3 accounts."),
        "{}",
        stale.words()
    );
    assert_eq!(stale.form("form.confirm").value("into"), Some("B"));
    ann.submit(&stale, "form.confirm", &[]).await.expect(303);

    let criteria = Criteria {
        filter: AccountFilter {
            tags: vec!["B".to_owned()],
            ..AccountFilter::default()
        },
        ..Criteria::default()
    };
    let tagged = accounts::ids(&portal.db, &criteria, SortOrder::default())
        .await
        .unwrap();
    let mut all: Vec<String> = tagged.into_iter().map(String::from).collect();
    all.sort();
    let mut four = ids[..4].to_vec();
    four.sort();
    assert_eq!(all, four);
    let page = ann.get("/tags").await;
    assert_eq!(page.select("tbody .cell-main a"), ["b"]);
    assert_eq!(page.text_of("tbody td.num"), "4 accounts");
    assert_eq!(
        ann.get(&format!("/accounts/{}", ids[1]))
            .await
            .count(".tag"),
        1
    );
    let told = told(&portal, EventKind::TagMerged).await;
    assert_eq!(told[0].event.message, "3 accounts had it.");
    let again = ann.submit(&stale, "form.confirm", &[]).await.expect(409);
    assert!(again.says("This tag no longer exists"), "{}", again.words());
}

#[tokio::test]
async fn deleting_a_tag_that_many_accounts_have_asks_for_its_name() {
    let portal = Portal::build().accounts(100).start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    for id in some(&portal).await {
        tag(&ann, &id, "everybody").await;
    }
    let form = change(&ann, "everybody", "delete").await;
    assert!(
        form.text_of(".consequences")
            .contains("It is removed from 100 accounts.")
    );
    let refused = ann.submit(&form, "form.confirm", &[]).await.expect(422);
    assert_eq!(
        refused.text_of("#confirm-help .field-error"),
        "Type everybody to confirm."
    );
    let seldom = some(&portal).await[0].clone();
    let page = ann.get(&format!("/accounts/{seldom}")).await;
    ann.submit(&page, "#tags .tag form", &[]).await.expect(303);
    let stale = ann.submit(&form, "form.confirm", &[]).await.expect(409);
    assert!(
        stale.says("It is called “everybody” now, on 99 accounts."),
        "{}",
        stale.words()
    );
    tag(&ann, &seldom, "everybody").await;
    ann.submit(&form, "form.confirm", &[("confirm", "Everybody")])
        .await
        .expect(303);
    assert!(listed(&ann, "q=everybody").await.is_empty());
    assert!(ann.get("/tags").await.says("No tags yet"));
    ann.get(&form.form("form.confirm").action).await.expect(404);
    assert_eq!(
        told(&portal, EventKind::TagDeleted).await[0].event.message,
        "100 accounts had it."
    );
}

#[tokio::test]
async fn accounts_are_sorted_by_their_first_tag_and_by_their_last_change() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let ids = some(&portal).await;
    for (id, name) in [(0, "beta"), (1, "gamma"), (1, "Alpha")] {
        tag(&ann, &ids[id], name).await;
    }
    let [one, two] = [ids[1].as_str(), ids[0].as_str()];
    assert_eq!(listed(&ann, "sort=tags").await[..2], [one, two]);
    assert_eq!(listed(&ann, "sort=-tags").await[..2], [two, one]);
    assert_eq!(listed(&ann, "sort=tags").await.len(), ids.len());

    let accounts = portal.sandbox.accounts().await;
    let changed_at = |id: &String| {
        let account = accounts.iter().find(|account| account["id"] == **id);
        account.unwrap()["updated_at"].as_str().unwrap().to_owned()
    };
    let oldest: Vec<_> = listed(&ann, "sort=changed").await;
    assert!(oldest.iter().map(changed_at).is_sorted());
    let latest: Vec<_> = listed(&ann, "sort=-changed").await;
    assert!(latest.iter().rev().map(changed_at).is_sorted());
    let channels = ann.get("/channels?sort=-changed").await.expect(200);
    assert!(!channels.says("Unknown sort order"));
}

#[tokio::test]
async fn a_viewer_reads_tags_and_changes_none() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let vic = portal.signed_in(Role::Viewer).await;
    let id = some(&portal).await[0].clone();
    tag(&ann, &id, "vip").await;
    let form = change(&ann, "vip", "delete")
        .await
        .form("form.confirm")
        .action;
    let page = vic.get("/tags").await.expect(200);
    assert_eq!(page.select("tbody .cell-main a"), ["vip"]);
    assert!(!page.has("main a[data-dialog]"));
    let page = vic.get(&format!("/accounts/{id}")).await.expect(200);
    assert_eq!(page.text_of(".tag"), "vip");
    assert!(!page.has("#tags form"));
    vic.post(&format!("/accounts/{id}/tags"), &[("tag", "x")])
        .await
        .expect(403);
    for verb in ["rename", "merge", "delete"] {
        let path = form.replace("delete", verb);
        vic.get(&path).await.expect(403);
        vic.post(&path, &[("name", "x"), ("into", "x")])
            .await
            .expect(403);
    }
    assert_eq!(ann.get("/tags").await.select("tbody .cell-main a"), ["vip"]);
}
