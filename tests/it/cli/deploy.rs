//! Files of `docs/deploy`: the unit passes systemd's checks, and the portal works behind nginx, also
//! with server-sent events.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use reqwest::Client;
use reqwest::header::SET_COOKIE;
use reseller_portal::connections::{self, Limits, Stop};
use reseller_portal::domain::role::Role;
use reseller_portal::metrics::Metrics;
use reseller_portal::web;

use super::{Run, free_address, text};
use crate::support::Portal;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs/deploy")
        .join(name)
}

fn output(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    output
}

#[test]
fn the_unit_has_no_mistake_and_gives_the_portal_little() {
    let place = crate::support::directory();
    let unit = place.path().join("reseller-portal.service");
    let written = std::fs::read_to_string(file("reseller-portal.service")).unwrap();
    let program = env!("CARGO_BIN_EXE_reseller-portal");
    assert!(written.contains("ExecStart=/usr/local/bin/reseller-portal serve"));
    std::fs::write(
        &unit,
        written.replace("/usr/local/bin/reseller-portal", program),
    )
    .unwrap();
    let checked = output(Command::new("systemd-analyze").arg("verify").arg(&unit));
    assert_eq!(text(&checked.stderr), "");
    // 20 is an exposure of 2.0 of 10.
    output(
        Command::new("systemd-analyze")
            .args(["security", "--offline=true", "--threshold=20"])
            .arg(&unit),
    );
}

/// nginx that ends with the test.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        // QUIT would wait for open connections.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// Starts nginx with the documented server, on this port, with a certificate of its own.
fn start_nginx(place: &Path, port: &str, portal: &str) -> Nginx {
    let (certificate, key) = (place.join("cert.pem"), place.join("key.pem"));
    output(
        Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
            .args(["ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"])
            .args(["-subj", "/CN=portal.example.com", "-keyout"])
            .args([key.as_os_str(), "-out".as_ref(), certificate.as_os_str()]),
    );
    let documented = std::fs::read_to_string(file("nginx.conf")).unwrap();
    let site = documented
        .replace("127.0.0.1:8080", portal)
        .replace("listen 443 ", &format!("listen 127.0.0.1:{port} "))
        .replace("listen 80;", "listen 127.0.0.1:0;")
        .replace(
            "/etc/ssl/portal.example.com.pem",
            &certificate.display().to_string(),
        )
        .replace(
            "/etc/ssl/private/portal.example.com.key",
            &key.display().to_string(),
        );
    let site = match site.find("\nserver {\n    listen 127.0.0.1:0;") {
        // The redirect needs port 80.
        Some(redirect) => site[..redirect].to_owned(),
        None => site,
    };
    let folder = place.display();
    let config = format!(
        "pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{\n\
         access_log off;\nclient_body_temp_path {folder}/body;\nproxy_temp_path {folder}/proxy;\n\
         fastcgi_temp_path {folder}/f;\nuwsgi_temp_path {folder}/u;\nscgi_temp_path {folder}/s;\n{site}}}\n"
    );
    let path = place.join("nginx.conf");
    std::fs::write(&path, config).unwrap();
    let mut nginx = Command::new("nginx");
    nginx.arg("-p").arg(place).arg("-c").arg(&path);
    output(nginx.arg("-t"));
    let mut nginx = Command::new("nginx");
    let nginx = nginx
        .arg("-p")
        .arg(place)
        .arg("-c")
        .arg(&path)
        .args(["-g", "daemon off;"])
        .stderr(Stdio::null());
    Nginx(nginx.spawn().unwrap())
}

/// Returns a client that reaches nginx by the portal's name and accepts its certificate.
fn client(proxy: &str) -> Client {
    Client::builder()
        .no_proxy()
        .no_gzip()
        .redirect(reqwest::redirect::Policy::none())
        .danger_accept_invalid_certs(true)
        .resolve("portal.example.com", proxy.parse().unwrap())
        .build()
        .unwrap()
}

#[tokio::test]
async fn behind_nginx_the_portal_knows_https_and_its_clients_and_compresses_once() {
    let place = crate::support::directory();
    let (portal, proxy) = (free_address(), free_address());
    let port = proxy.rsplit(':').next().unwrap();
    let serving = Run::serve()
        .set("PORTAL_LISTEN", &portal)
        .set("PORTAL_PUBLIC_URL", "https://portal.example.com")
        .set("PORTAL_TRUSTED_PROXIES", "127.0.0.1")
        .set("PORTAL_FORWARDED_HEADER", "X-Forwarded-For")
        .start();
    serving.until_logged("the portal listens");
    let _nginx = start_nginx(place.path(), port, &portal);
    let client = client(&proxy);
    let get = |path: &str| {
        client
            .get(format!("https://portal.example.com:{port}{path}"))
            .header("x-forwarded-for", "9.9.9.9")
            .header("accept-encoding", "gzip")
            .send()
    };
    let mut answer = get("/login").await;
    for _ in 0..100 {
        if answer.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        answer = get("/login").await;
    }
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert!(answer.headers().contains_key("strict-transport-security"));
    let refused = client
        .post(format!("https://portal.example.com:{port}/login"))
        .header("origin", "https://portal.example.com")
        .header("x-forwarded-for", "9.9.9.9")
        .body("email=nobody%40example.com&password=wrong")
        .header("content-type", "application/x-www-form-urlencoded")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 422);
    for cookie in refused.headers().get_all(SET_COOKIE) {
        assert!(cookie.to_str().unwrap().contains("Secure"), "{cookie:?}");
    }
    let (status, log) = serving.end("-TERM");
    assert_eq!(status, Some(0));
    assert!(log.contains("client=127.0.0.1"), "{log}");
    assert!(!log.contains("9.9.9.9"), "{log}");
}

#[tokio::test]
async fn nginx_passes_server_sent_events_on_at_once() {
    let place = crate::support::directory();
    let proxy = free_address();
    let port = proxy.rsplit(':').next().unwrap();
    let portal = Portal::build()
        .settings(|settings| settings.public_url = "https://portal.example.com".parse().unwrap())
        .start()
        .await;
    portal.sweep().await;
    let browser = portal.signed_in(Role::Manager).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let router = web::router(portal.app.clone());
    let stop = Stop::default();
    let end = stop.end.clone();
    let metrics = Metrics::default();
    let served = connections::serve(listener, router, Limits::default(), metrics, stop);
    let serving = tokio::spawn(served);
    let _nginx = start_nginx(place.path(), port, &address);

    let page = browser.get("/accounts").await.expect(200);
    let row = page.attr_of("tbody input[name=id]", "value").unwrap();
    let since = page.attr_of("tbody[data-live]", "data-since").unwrap();
    let cookies: Vec<String> = browser
        .cookies()
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let client = client(&proxy);
    let open = || {
        client
            .get(format!(
                "https://portal.example.com:{port}/accounts/events?since={since}&rows={row}"
            ))
            .header("cookie", cookies.join("; "))
            .send()
    };
    let mut stream = open().await;
    for _ in 0..100 {
        if stream.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        stream = open().await;
    }
    let mut stream = stream.unwrap();
    assert_eq!(stream.status(), 200);
    let form = browser
        .get(&format!("/accounts/{row}/channel-limit"))
        .await
        .expect(200);
    browser
        .submit(&form, "form.confirm", &[("channel_limit", "3")])
        .await
        .expect(303);
    // The stream stays open, so a proxy that collects answers would pass on nothing.
    let patience = Duration::from_secs(10);
    let mut received = String::new();
    while !received.contains("event: change") {
        let chunk = tokio::time::timeout(patience, stream.chunk())
            .await
            .unwrap();
        received += &text(&chunk.unwrap().unwrap());
    }
    drop(stream);
    end.cancel();
    serving.await.unwrap();
}
