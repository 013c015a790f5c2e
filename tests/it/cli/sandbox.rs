//! `sandbox`: only the simulated Telnyx.

use super::{Run, after};

#[tokio::test]
async fn it_answers_under_v2_to_its_key_alone() {
    let arguments = [
        "sandbox",
        "--listen",
        "127.0.0.1:0",
        "--api-key",
        "KEY_mine",
        "--accounts",
        "3",
        "--channels",
        "50",
    ];
    let running = Run::new(&arguments).start();
    let printed = running.until("Controls");
    let api = after(&printed, "API ");
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let accounts = |key: &'static str| {
        http.get(format!("{api}/managed_accounts"))
            .bearer_auth(key)
            .send()
    };
    assert_eq!(accounts("KEY_other").await.unwrap().status(), 401);
    let listed = accounts("KEY_mine").await.unwrap().text().await.unwrap();
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["meta"]["total_results"], 3);
    assert_eq!(running.end("-TERM").0, Some(0));
}
