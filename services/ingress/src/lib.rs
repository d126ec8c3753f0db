//! Receives webhooks: `Incoming ─verify→ Verified ─admit→ Admitted ─enqueue→ EventId`.
//!
//! Each stage takes what the stage before made, by value, and only that stage can make it: a request that was not
//! verified can't be enqueued. Every way to be refused is a `Rejection`.

// The walk, in the order in which a request makes it.
mod listen;
mod connection;
mod gate;
mod wire;
mod http;
mod arrive;
mod receive;
mod verify;
mod certificates;
mod handshake;
mod subscription;
mod admit;
mod enqueue;
mod publish;

// The other ways out.
mod reject;
mod farewell;
mod cors;
mod overload;
mod spool;
mod observe;
mod talk;
mod quarantine;

mod headers;
mod admin;

use std::sync::Arc;

use actix_web::web::Payload;
use event::Millis;
use limit::{AddressLimit, AddressRate, Alone, Blocked, Limiter, Suspicion, Turns};
use service::{About, Context, Failure};
use settings::Settings;
use stream::Store;

use crate::admit::Counting;
use crate::arrive::Arrival;
use crate::enqueue::Enqueued;
use crate::publish::{Around, Way};
use crate::quarantine::{Sample, Seen};
use crate::reject::Rejection;
use crate::spool::Reserve;
use crate::talk::Talk;
use crate::verify::Getting;

pub use crate::admin::hash_token;
pub use crate::certificates::Certificates;
pub use crate::quarantine::{Again, replay};

pub const ABOUT: About = About {
    name: "ingress",
    program: "hookstream-ingress",
    port: 5000,
    port_variable: "PORT",
    does: "Receives webhooks, proves who sent them, and puts them on the raw stream",
};

/// What the walk needs; one for each thread that answers.
struct Ingress {
    context: Context,
    /// This thread's own connection: one shared by all threads costs a third of the throughput.
    store: Store,
    limiter: Limiter,
    shared: Shared,
}

/// What all threads see together.
#[derive(Clone)]
struct Shared {
    blocked: Blocked,
    addresses: Arc<AddressLimit>,
    alone: Arc<Alone>,
    turns: Arc<Turns>,
    talk: Arc<Talk>,
    suspicion: Suspicion,
    sample: Arc<Sample>,
    certificates: Certificates,
    reserve: Option<Reserve>,
}

/// Answers until the stop.
///
/// # Errors
/// A port is taken.
pub async fn accept(context: Context) -> Result<(), Failure> {
    listen::serve(context).await
}

// === impl Ingress ===

impl Ingress {
    /// One request, from its head to the raw stream. `seen` gets what was read, for the quarantine.
    async fn walk(
        &self,
        arrival: Arrival<'_>,
        body: &mut Payload,
        settings: &Settings,
        seen: &mut Option<Seen>,
    ) -> Result<Enqueued, Rejection> {
        let expected = arrive::arrive(arrival, &self.shared, settings)?;
        let incoming = receive::receive(expected, body, settings, seen).await?;
        let getting = self.getting(settings);
        let verified = match verify::verify(incoming, getting, Millis::now()).await {
            Err(Rejection::Subscription(subscription)) => {
                return Err(subscription.confirm(getting.certificates, getting.wanted).await);
            }
            verified => verified?,
        };
        if verified.is_proven() {
            let rate = AddressRate::from(&settings.protection);
            self.shared.addresses.give_back(&verified.incoming().client, rate);
        }
        let admitted = admit::admit(verified, self.counting(settings)).await?;
        enqueue::enqueue(admitted, self.way(), settings).await
    }

    fn counting(&self, settings: &Settings) -> Counting<'_> {
        let spools = settings.spool.enabled && self.shared.reserve.is_some();
        Counting {
            limiter: &self.limiter,
            store: &self.store,
            alone: spools.then_some(&*self.shared.alone),
            away: self.context.footing.trouble().is_some(),
        }
    }

    fn way(&self) -> Way<'_> {
        let around = Around { footing: &self.context.footing, reserve: self.shared.reserve.as_ref() };
        Way { store: &self.store, around: Some(around) }
    }

    fn getting<'a>(&'a self, settings: &'a Settings) -> Getting<'a> {
        Getting { certificates: &self.shared.certificates, wanted: &settings.certificates }
    }
}
