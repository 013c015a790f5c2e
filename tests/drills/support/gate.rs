//! Gate before a server: lets connections through, holds them in silence, or breaks them.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// State of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Silent,
}

/// Gate. It lets everything through at first.
pub struct Gate {
    /// Address before the server.
    pub address: SocketAddr,
    state: watch::Sender<State>,
}

impl Gate {
    /// Opens a gate before this server.
    pub async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = watch::channel(State::Open).0;
        let states = state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server, states.subscribe()));
            }
        });
        Self { address, state }
    }

    /// Accepts connections from now on, and says nothing. Breaks those that are open.
    pub fn fall_silent(&self) {
        self.state.send_replace(State::Silent);
    }

    /// Lets connections through again. Breaks those that waited.
    pub fn open(&self) {
        self.state.send_replace(State::Open);
    }
}

async fn pass(mut client: TcpStream, server: SocketAddr, mut state: watch::Receiver<State>) {
    let at_first = *state.borrow_and_update();
    let passing = async {
        match at_first {
            State::Open => {
                if let Ok(mut server) = TcpStream::connect(server).await {
                    let _ = copy_bidirectional(&mut client, &mut server).await;
                }
            }
            State::Silent => std::future::pending().await,
        }
    };
    tokio::select! {
        () = passing => {}
        _ = state.changed() => {}
    }
}
