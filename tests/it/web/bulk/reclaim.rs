//! Reclaiming channels of disabled accounts: of one, and of all, on the dashboard and in the list.

use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::job::{JobAction, LimitRule};
use reseller_portal::domain::role::Role;

use super::{changed, ids_of, job, swept};
use crate::web::channels::{known, limit_of};

const FORM: &str = "form.confirm";
const REASON: &str = "Reclaim channels of a disabled account";

#[tokio::test]
async fn one_account_is_relieved_of_its_channels_and_the_list_keeps_its_place() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("disabled").await;
    known(&portal, &id, 32).await;
    for (page, leads_to) in [
        ("/", "/".to_owned()),
        (
            "/channels?show=reclaim",
            format!("/channels?show=reclaim#row-{id}"),
        ),
    ] {
        known(&portal, &id, 32).await;
        let shown = ann.get(page).await.expect(200);
        let link = format!("a[data-dialog][href^='/accounts/{id}/block-calls']");
        assert_eq!(shown.text_of(&link), "Reclaim 32", "{page}");
        let form = ann.get(&shown.attr_of(&link, "href").unwrap()).await;
        let form = form.expect(200);
        assert_eq!(form.text_of("#reason"), REASON);
        let cancel = form.attr_of(".confirm-foot a", "href");
        assert_eq!(cancel, Some(leads_to.clone()));
        let done = ann.submit(&form, FORM, &[]).await.expect(303);
        assert_eq!(done.leads_to(), Some(leads_to));
        assert_eq!(limit_of(&portal, &id).await, Some(0));
    }
}

#[tokio::test]
async fn all_are_relieved_by_one_job() {
    let (portal, ann) = swept(Role::Manager).await;
    let disabled: Vec<String> = ids_of(&portal, "disabled").await.into_iter().collect();
    known(&portal, &disabled[0], 40).await;
    known(&portal, &disabled[1], 1_000).await;
    for page in ["/", "/channels?show=reclaim"] {
        let shown = ann.get(page).await.expect(200);
        let link = "a[data-dialog][href^='/channels/bulk/block-calls']";
        assert_eq!(
            shown.text_of(link),
            "Reclaim all (1,040 channels, 2 accounts)"
        );
        let form = ann.get(&shown.attr_of(link, "href").unwrap()).await;
        let form = form.expect(200);
        assert!(
            form.says("2 accounts: Disabled with channels"),
            "{}",
            form.words()
        );
        assert_eq!(form.text_of("#reason"), REASON);
        let done = ann.submit(&form, FORM, &[]).await.expect(303);
        let job = job(&portal, &done).await;
        let limit = LimitRule::Set(ChannelLimit::ZERO);
        assert_eq!(job.action, JobAction::ChannelLimit { limit });
        assert_eq!(job.reason.text, REASON);
        let expected = disabled[..2].iter().cloned().collect();
        assert_eq!(changed(&portal, &job).await, expected);
    }
    let all = ann.get("/channels").await.expect(200);
    assert!(!all.has("a[href^='/channels/bulk/']"), "only on its tab");
    let vic = portal.signed_in(Role::Viewer).await;
    for page in ["/", "/channels?show=reclaim"] {
        let shown = vic.get(page).await.expect(200);
        assert!(!shown.has("a[href^='/channels/bulk/'], a[href*='/block-calls']"));
    }
}
