//! TLS before the simulated Telnyx, with a certificate that a drill chooses.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Name that the portal uses for Telnyx.
pub const NAME: &str = "telnyx.drill.example";

/// Answer to a TLS handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// The right certificate.
    Good,
    /// A certificate that ended yesterday.
    Expired,
    /// A certificate of another name.
    OtherName,
    /// A certificate that no authority signed.
    SelfSigned,
    /// The connection is reset.
    Reset,
}

/// Server that ends TLS before another one.
pub struct TlsServer {
    folder: TempDir,
    /// Port on loopback.
    pub port: u16,
    handshake: watch::Sender<Handshake>,
}

impl TlsServer {
    /// Creates certificates, and listens before this server.
    pub async fn before(server: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        make_certificates(folder.path());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let handshake = watch::channel(Handshake::Good).0;
        let (handshakes, path) = (handshake.clone(), folder.path().to_owned());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server, path.clone(), handshakes.subscribe()));
            }
        });
        Self {
            folder,
            port,
            handshake,
        }
    }

    /// Answers handshakes in this way from now on, and breaks open connections.
    pub fn answer(&self, handshake: Handshake) {
        self.handshake.send_replace(handshake);
    }

    /// Returns the file with the authority that the portal trusts.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }
}

async fn pass(
    client: TcpStream,
    server: SocketAddr,
    folder: PathBuf,
    mut handshakes: watch::Receiver<Handshake>,
) {
    let handshake = *handshakes.borrow_and_update();
    let passing = async {
        let certificate = match handshake {
            Handshake::Good => "good",
            Handshake::Expired => "expired",
            Handshake::OtherName => "other",
            Handshake::SelfSigned => "self-signed",
            Handshake::Reset => {
                let mut first = [0; 16];
                client.readable().await?;
                client.try_read(&mut first)?;
                return client.set_zero_linger();
            }
        };
        let mut client = acceptor(&folder, certificate).accept(client).await?;
        let mut server = TcpStream::connect(server).await?;
        copy_bidirectional(&mut client, &mut server).await.map(drop)
    };
    tokio::select! {
        // A client that refuses the certificate closes the connection.
        _ = passing => {}
        _ = handshakes.changed() => {}
    }
}

fn acceptor(folder: &Path, name: &str) -> TlsAcceptor {
    let chain = CertificateDer::from_pem_file(folder.join(format!("{name}.pem"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join(format!("{name}.key"))).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth();
    TlsAcceptor::from(Arc::new(config.with_single_cert(vec![chain], key).unwrap()))
}

/// Makes an authority and the certificates in `folder`.
fn make_certificates(folder: &Path) {
    let names = format!("subjectAltName=DNS:{NAME}");
    std::fs::write(folder.join("names"), &names).unwrap();
    std::fs::write(
        folder.join("other-names"),
        "subjectAltName=DNS:other.drill.example",
    )
    .unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(
        folder,
        &format!(
            "req -x509 {key} -keyout authority.key -out authority.pem -subj /CN=Authority -days 2"
        ),
    );
    openssl(
        folder,
        &format!(
            "req -x509 {key} -keyout self-signed.key -out self-signed.pem -subj /CN=x -days 2 -addext {names}"
        ),
    );
    for (name, days, extensions) in [
        ("good", 2, "names"),
        ("expired", -1, "names"),
        ("other", 2, "other-names"),
    ] {
        openssl(
            folder,
            &format!("req {key} -keyout {name}.key -out {name}.csr -subj /CN=x"),
        );
        let authority = "-CA authority.pem -CAkey authority.key";
        openssl(
            folder,
            &format!(
                "x509 -req -in {name}.csr {authority} -days {days} -extfile {extensions} -out {name}.pem"
            ),
        );
    }
}

fn openssl(folder: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    command
        .args(arguments.split(' '))
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    assert!(command.status().unwrap().success(), "openssl {arguments}");
}
