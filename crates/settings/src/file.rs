//! The file as a whole: its tables, in the order in which one would write them.

use crate::shape::{Key, Kind, Shape};
use crate::{
    admin, alert, bounds, certificates, dead_letters, endpoint, handler, keeping, logging, protection,
    provider, quarantine, rate_limit, redis, route, server, worker,
};

pub(crate) static FILE: Shape = Shape {
    title: "the file",
    about: "Hookstream's configuration. Every table and key may be left out unless it is marked as needed.",
    keys: &[
        table("server", &server::SERVER),
        table("redis", &redis::REDIS),
        table("rate_limit", &rate_limit::RATE_LIMIT),
        table("protection", &protection::PROTECTION),
        table("quarantine", &quarantine::QUARANTINE),
        table("admin", &admin::ADMIN),
        table("certificates", &certificates::CERTIFICATES),
        table("worker", &worker::WORKER),
        table("deduplication", &keeping::DEDUPLICATION),
        table("archive", &keeping::ARCHIVE),
        table("dead_letters", &dead_letters::DEAD_LETTERS),
        table("overload", &bounds::OVERLOAD),
        table("spool", &bounds::SPOOL),
        table("logging", &logging::LOGGING),
        Key::new("alerts", Kind::List(&Kind::Table(&alert::ALERT)), "When to tell somebody."),
        Key::new(
            "providers",
            Kind::Named(&Kind::Table(&provider::PROVIDER)),
            "Senders that are not built in, by name.",
        ),
        Key::new("endpoints", Kind::List(&Kind::Table(&endpoint::ENDPOINT)), "Where webhooks arrive."),
        Key::new("routes", Kind::List(&Kind::Table(&route::ROUTE)), "Which events go where."),
        Key::new("handlers", Kind::Named(&Kind::Table(&handler::HANDLER)), "What takes events."),
    ],
};

const fn table(name: &'static str, shape: &'static Shape) -> Key {
    Key::new(name, Kind::Table(shape), shape.about)
}
