//! Shared parts of the benchmarks: a portal with accounts, a signed-in visitor, and measuring.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use argon2::password_hash::PasswordHasher;
use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use mimalloc::MiMalloc;
use reseller_portal::app::App;
use reseller_portal::clock::Clock;
use reseller_portal::config::Settings;
use reseller_portal::db::{Db, accounts, staff};
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::fact::{Fact, FactSource};
use reseller_portal::domain::ids::StaffId;
use reseller_portal::domain::role::Role;
use reseller_portal::domain::time::Timestamp;
use reseller_portal::web;
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

/// Allocator of the portal's binary.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const CONNECTIONS: usize = 8;
const PASSWORD: &str = "correct horse battery staple";
const EMAIL: &str = "bench@example.com";

/// Running portal with a filled directory. No Telnyx is reachable.
pub struct Portal {
    base: Url,
    same_size: watch::Sender<Bytes>,
    pub visitor: Visitor,
}

impl Portal {
    /// Starts a portal with this many accounts on an empty database.
    pub async fn start(database_url: &str, accounts: u32) -> Self {
        let db = Db::open(database_url).await.unwrap();
        let clock = Clock::system();
        fill(&db, clock.now(), accounts).await;
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .unwrap();
        let listen = listener.local_addr().unwrap();
        let base = Url::parse(&format!("http://{listen}")).unwrap();
        let nowhere = Url::parse("http://127.0.0.1:9/v2").unwrap();
        let settings = Settings::for_sandbox(listen, base.clone(), nowhere, database_url);
        let app = App::from_settings(db, clock, settings).unwrap();
        hire(&app).await;
        let (page, same_size) = watch::channel(Bytes::new());
        let same_size = get(move || {
            let page = same_size.borrow().clone();
            async move { page }
        });
        let router = Router::new()
            .route("/same-size", same_size)
            .merge(web::router(app));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        let visitor = Visitor::signed_in(&base).await;
        Self {
            base,
            same_size: page,
            visitor,
        }
    }

    /// Returns the address of a path.
    pub fn at(&self, path: &str) -> Url {
        self.base.join(path).unwrap()
    }

    /// Returns the address of a static answer with this body.
    pub fn same_size(&self, body: Bytes) -> Url {
        self.same_size.send(body).unwrap();
        self.at("/same-size")
    }
}

async fn fill(db: &Db, at: Timestamp, count: u32) {
    let mut tx = db.begin().await.unwrap();
    for number in 0..count {
        let profile = accounts::Profile {
            id: format!("00000000-0000-4000-8000-{number:012}")
                .parse()
                .unwrap(),
            organization_name: format!(
                "Company {} of {number}th Street Ltd",
                number.wrapping_mul(7_919) % 9_973
            ),
            email: format!("voice{number}@company{number}.example"),
            manager_account_id: None,
            rollup_billing: Some(number % 7 == 0),
            created_at: Some(at - Duration::from_secs(u64::from(number) * 3_600)),
            updated_at: Some(at),
        };
        let status = if number % 9 == 0 {
            AccountStatus::Disabled
        } else {
            AccountStatus::Enabled
        };
        let pricing = Some(seen(false, FactSource::Sweep, at));
        let status = seen(status, FactSource::Sweep, at);
        accounts::insert(&mut tx, &profile, FactSource::Sweep, at, status, pricing)
            .await
            .unwrap();
        let limit = ChannelLimit::new(u64::from(number % 40)).unwrap();
        accounts::set_limit(
            &mut tx,
            &profile.id,
            seen(limit, FactSource::Operation, at),
            None,
        )
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
}

fn seen<T>(value: T, source: FactSource, observed_at: Timestamp) -> Fact<T> {
    Fact {
        value,
        source,
        observed_at,
    }
}

/// Adds the visitor's person.
pub async fn hire(app: &App) {
    let now = app.clock.now();
    let id = StaffId::new(now);
    let hash = argon2::Argon2::default()
        .hash_password(PASSWORD.as_bytes())
        .unwrap();
    let mut tx = app.db.begin().await.unwrap();
    staff::insert(
        &mut tx,
        id,
        &EMAIL.parse().unwrap(),
        "Bench",
        Role::Manager,
        now,
    )
    .await
    .unwrap();
    staff::set_password(&mut tx, id, &hash.to_string(), now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Signed-in visitor, whose connections are kept open.
#[derive(Clone)]
pub struct Visitor {
    http: reqwest::Client,
    cookie: String,
}

impl Visitor {
    /// Signs in at this address.
    pub async fn signed_in(base: &Url) -> Self {
        let redirects = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(redirects)
            .build()
            .unwrap();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("email", EMAIL)
            .append_pair("password", PASSWORD)
            .finish();
        let answer = http
            .post(base.join("/login").unwrap())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .unwrap();
        let cookie = answer
            .headers()
            .get("set-cookie")
            .unwrap()
            .to_str()
            .unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { http, cookie }
    }

    /// Returns the body of a page.
    pub async fn fetch(&self, url: &Url) -> Bytes {
        // Without this header, `reqwest` would ask for compression.
        let request = self
            .http
            .get(url.clone())
            .header("accept-encoding", "identity");
        let answer = request.header("cookie", &self.cookie).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        assert!(
            answer.headers().get("content-encoding").is_none(),
            "uncompressed"
        );
        answer.bytes().await.unwrap()
    }

    /// Sends a form. Does not look at the answer: a change may be refused.
    pub async fn send(&self, url: &Url, fields: &[(String, String)]) {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self
            .http
            .post(url.clone())
            .header("content-type", "application/x-www-form-urlencoded");
        let request = request.header("cookie", &self.cookie).body(form);
        let answer = request.send().await.unwrap();
        assert!(answer.status().as_u16() < 500, "{url}");
    }

    /// Fetches one address over several connections for a time.
    pub async fn measure(&self, url: &Url, span: Duration) -> Figures {
        for _ in 0..50 {
            self.fetch(url).await;
        }
        let begun = Instant::now();
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let (visitor, url) = (self.clone(), url.clone());
                tokio::spawn(async move {
                    let mut took = Vec::new();
                    while begun.elapsed() < span {
                        let sent = Instant::now();
                        visitor.fetch(&url).await;
                        took.push(sent.elapsed());
                    }
                    took
                })
            })
            .collect();
        let mut took = Vec::new();
        for worker in workers {
            took.extend(worker.await.unwrap());
        }
        Figures::of(took, begun.elapsed())
    }
}

/// Result of a measurement.
pub struct Figures {
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
}

impl Figures {
    /// Returns the figures of requests with these durations.
    pub fn of(mut took: Vec<Duration>, whole: Duration) -> Self {
        took.sort_unstable();
        let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
        let requests = u32::try_from(took.len()).unwrap();
        Self {
            per_second: f64::from(requests) / whole.as_secs_f64(),
            p50: at(50),
            p99: at(99),
        }
    }

    /// Prints the result in one line.
    pub fn print(&self, what: &str) {
        println!(
            "{what}: {:.0} requests a second, p50 {:.2} ms, p99 {:.2} ms",
            self.per_second,
            self.p50.as_secs_f64() * 1_000.0,
            self.p99.as_secs_f64() * 1_000.0
        );
    }
}

/// Creates an empty database on a PostgreSQL server and returns its address.
pub async fn fresh_database(server: &str, size: u32) -> String {
    use sqlx::{AssertSqlSafe, Connection};
    use sqlx_postgres::PgConnection;
    let name = format!("portal_bench_{size}");
    let mut connection = PgConnection::connect(server).await.unwrap();
    for sql in [
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"),
    ] {
        sqlx::query(AssertSqlSafe(sql))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    let mut url = Url::parse(server).unwrap();
    url.set_path(&name);
    url.into()
}
