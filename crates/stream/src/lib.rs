//! Redis Streams as Hookstream uses them: every move of an event is one atomic step.
