//! List of jobs: its order and its columns.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn jobs_are_sorted_by_each_column_that_has_an_order() {
    let stage = Stage::new().await;
    let (first, _) = stage.preview_disable(1).await;
    stage.portal.advance(Duration::from_secs(2));
    let (second, _) = stage.preview_disable(2).await;
    stage.start(&second, &[("confirm", "2")]).await;
    stage.portal.advance(Duration::from_secs(2));
    let (third, _) = stage.preview_disable(3).await;
    let shown = async |query: &str| {
        let page = stage.page(&format!("/jobs?{query}")).await;
        page.attrs_of("#table td.lead a", "href")
    };
    let [first, second, third] = [first.as_str(), &second, &third];
    assert_eq!(shown("").await, [third, second, first]);
    assert_eq!(shown("sort=started").await, [first, second, third]);
    assert_eq!(shown("sort=state").await, [second, third, first]);
    assert_eq!(shown("sort=-state").await, [third, first, second]);
    assert_eq!(shown("sort=person").await, [third, second, first]);
    stage.run().await;
    assert_eq!(shown("sort=ended").await, [second, third, first]);
    assert_eq!(shown("sort=-ended&state=preview").await, [third, first]);
    let page = stage.page("/jobs?sort=shape&columns=ended.person").await;
    assert!(page.says("Unknown sort order \u{201c}shape\u{201d} ignored."));
    assert_eq!(page.select("#table thead th"), ["Job", "Ended", "Person"]);
    assert!(page.says("not ended"));
}
