//! Many rows as the parameters of one statement: an array for each column.

use tokio_postgres::types::{ToSql, Type};

/// One column of the rows, in their order.
pub(crate) struct Column<'r> {
    cells: Box<dyn ToSql + Sync + Send + 'r>,
    of: Type,
}

/// What a column may be made of.
pub(crate) trait Cell: ToSql + Sync + Send {
    /// What PostgreSQL calls many of them.
    const MANY: Type;
}

impl Cell for &str {
    const MANY: Type = Type::TEXT_ARRAY;
}

impl Cell for Option<&str> {
    const MANY: Type = Type::TEXT_ARRAY;
}

impl Cell for i64 {
    const MANY: Type = Type::INT8_ARRAY;
}

impl Cell for &[u8] {
    const MANY: Type = Type::BYTEA_ARRAY;
}

// === impl Column ===

impl<'r> Column<'r> {
    pub(crate) fn of<C: Cell + 'r>(cells: impl Iterator<Item = C>) -> Self {
        Self { cells: Box::new(cells.collect::<Vec<C>>()), of: C::MANY }
    }

    pub(crate) fn parameter(&self) -> (&(dyn ToSql + Sync), Type) {
        (&*self.cells, self.of.clone())
    }
}
