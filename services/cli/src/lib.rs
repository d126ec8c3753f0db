//! The hookstream command.
