//! AVX2.

use crate::machine::Machine;
use crate::portable;

pub(crate) static MACHINE: Machine = Machine {
    ..portable::MACHINE
};
