//! Creations under faults: lost answers, 429, dying runners.

use super::*;

/// Settles open outcomes and runs the loop, over this many minutes of the clock.
async fn pass(stage: &Stage, minutes: usize) {
    for _ in 0..minutes * 2 {
        stage.portal.advance(Duration::from_secs(31));
        stage.portal.run_jobs().await;
        stage.run().await;
    }
}

#[tokio::test]
async fn a_lost_answer_ends_as_one_account_without_a_second_request() {
    for then in [
        json!({"drop": "after"}),
        json!({"status": 503, "act": true}),
        json!({"garbage": true, "act": true}),
    ] {
        let stage = Stage::start(2).await;
        let path = "/v2/managed_accounts";
        let fault = json!([{"method": "POST", "path": path, "times": 1, "then": then.clone()}]);
        stage.portal.sandbox.faults(fault).await;
        let job = started(&stage, &customers(1, "25")).await;
        stage.run().await;
        let waiting = stage.items(&job).await;
        assert_eq!(states(&waiting), [ItemState::Checking], "{then}");
        pass(&stage, 2).await;
        assert_eq!(stage.counts(&job).await.summary(), "1 done", "{then}");
        assert_eq!(stage.job(&job).await.state, JobState::Ended);
        assert_eq!(sent(&stage, CREATE).await, 1, "{then}");
        let made = with_email(&stage, "voice@zyx01.example").await;
        assert_eq!(made.len(), 1, "{then}");
        assert_eq!(made[0]["channel_limit"], 25, "{then}");
        let items = stage.items(&job).await;
        let account = items[0].account.clone().unwrap();
        assert_eq!(made[0]["id"], account.as_str(), "{then}");
    }
}

#[tokio::test]
async fn a_429_puts_the_creation_or_its_limit_off_and_fails_no_row() {
    for method in ["POST", "PATCH"] {
        let stage = Stage::start(2).await;
        let then = json!({"status": 429, "retry_after": 0});
        let storm = json!([{"method": method, "path": "*", "times": 14, "then": then}]);
        stage.portal.sandbox.faults(storm).await;
        let job = started(&stage, &customers(3, "5")).await;
        for _ in 0..12 {
            stage.run().await;
            let counts = stage.counts(&job).await;
            assert_eq!(counts.problems(), 0, "{method}: {}", counts.summary());
            stage.portal.advance(Duration::from_secs(5));
        }
        assert_eq!(stage.counts(&job).await.summary(), "3 done", "{method}");
        for number in 1..=3 {
            let made = with_email(&stage, &format!("voice@zyx0{number}.example")).await;
            assert_eq!(made.len(), 1, "{method}");
            assert_eq!(made[0]["channel_limit"], 5, "{method}");
        }
    }
}

#[tokio::test]
async fn a_429_to_the_limit_of_an_account_whose_own_answer_was_lost_puts_the_limit_off() {
    let stage = Stage::start(2).await;
    let then = json!({"status": 429, "retry_after": 0});
    let faults = json!([
        {"method": "POST", "path": "/v2/managed_accounts", "times": 1, "then": {"drop": "after"}},
        {"method": "PATCH", "path": "*", "times": 8, "then": then},
    ]);
    stage.portal.sandbox.faults(faults).await;
    let job = started(&stage, &customers(1, "25")).await;
    stage.run().await;
    for _ in 0..12 {
        pass(&stage, 1).await;
        let counts = stage.counts(&job).await;
        assert_eq!(counts.problems(), 0, "{}", counts.summary());
    }
    assert_eq!(stage.counts(&job).await.summary(), "1 done");
    assert_eq!(sent(&stage, CREATE).await, 1);
    let made = with_email(&stage, "voice@zyx01.example").await;
    assert_eq!(made[0]["channel_limit"], 25);
}

/// Returns faults of six kinds, each so many times, for about a fifth of the requests.
pub fn fifth(times: usize) -> Value {
    let then = [
        json!({"status": 503}),
        json!({"drop": "before"}),
        json!({"drop": "after"}),
        json!({"garbage": true}),
        json!({"status": 429, "retry_after": 0}),
        json!({"status": 500}),
    ];
    let rules = then
        .into_iter()
        .map(|then| json!({"path": "*", "times": times, "every": 5, "then": then}));
    Value::Array(rules.collect())
}

/// Runs until the job ends. The runner dies at another moment each time.
async fn run_with_deaths(stage: &Stage, job: &Job) {
    for round in 0..120_u64 {
        let life = Duration::from_millis(3 + 17 * (round % 7));
        let _ = tokio::time::timeout(life, stage.run()).await;
        stage.portal.run_jobs().await;
        stage.portal.advance(Duration::from_secs(61));
        let _ = stage.portal.telnyx.pool().await;
        if stage.job(job).await.state == JobState::Ended {
            return;
        }
    }
    panic!("it did not end: {}", stage.counts(job).await.summary());
}

/// Asserts that each row tells the truth about its account.
pub async fn assert_true(stage: &Stage, job: &Job) {
    let truth = stage.portal.sandbox.accounts().await;
    for item in stage.items(job).await {
        let mut made = truth.clone();
        made.retain(|account| account["email"] == item.email);
        let said = format!("{}: {:?} {}", item.email, item.state, item.message);
        match item.state {
            ItemState::Done => {
                assert_eq!(made.len(), 1, "{said}");
                assert_eq!(made[0]["channel_limit"], 5, "{said}");
            }
            ItemState::Incomplete => assert_eq!(made.len(), 1, "{said}"),
            ItemState::Refused => assert_eq!(made.len(), 0, "{said}"),
            _ => panic!("{said}"),
        }
        let known = item.account.as_ref().map(AccountId::as_str);
        let made = made.first().and_then(|account| account["id"].as_str());
        assert_eq!(known, made, "{said}");
    }
}

#[tokio::test]
async fn with_faults_and_dying_runners_every_row_is_one_account_or_refused_in_truth() {
    let stage = Stage::start(8).await;
    let before = stage.portal.sandbox.accounts().await.len();
    let job = started(&stage, &customers(24, "5")).await;
    stage.portal.sandbox.faults(fifth(4)).await;
    run_with_deaths(&stage, &job).await;
    assert_true(&stage, &job).await;

    stage.portal.sandbox.clear_faults().await;
    // A runner that dies before it sends leaves a row as failed, so that one retry may not do.
    while stage.counts(&job).await.problems() > 0 {
        let ended = stage.job(&job).await;
        bulk::retry(&stage.portal, &stage.ann, &ended)
            .await
            .unwrap();
        run_with_deaths(&stage, &job).await;
    }
    assert_true(&stage, &job).await;
    assert_eq!(stage.counts(&job).await.summary(), "24 done");
    let after = stage.portal.sandbox.accounts().await.len();
    assert_eq!(after, before + 24);
}
