//! What drills share: the program in a process of its own, people who work with it, and the record of what they see.

mod gate;
mod person;
mod postgres;
mod program;
mod record;
mod stage;
mod tls;
mod truth;
mod work;

#[expect(dead_code, reason = "the suite uses more of it")]
#[path = "../it/support/page.rs"]
mod page;
#[expect(dead_code, reason = "the suite uses more of it")]
#[path = "../it/support/post_office.rs"]
mod post_office;
#[expect(dead_code, reason = "the suite uses more of it")]
#[path = "../it/support/receiver.rs"]
mod receiver;
#[expect(dead_code, reason = "the suite uses more of it")]
#[path = "../it/support/secrets.rs"]
mod secrets;
#[expect(dead_code, reason = "the suite uses more of it")]
#[path = "../it/support/upstream.rs"]
mod upstream;

pub use gate::Gate;
pub use page::Response;
pub use person::{PASSWORD, Person};
pub use post_office::{Manner, PostOffice};
pub use postgres::{Postgres, Stop};
pub use program::may_mount;
pub use receiver::Receiver;
pub use record::Record;
pub use stage::{OWNER, SetUp, Stage};
pub use tls::{Handshake, NAME as TELNYX_NAME, TlsServer};
pub use work::{Change, Told, Work};
