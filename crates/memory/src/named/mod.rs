//! Named blocks: files `sharray.<x>` and `sharray-keep.<x>` (those that persist) of the shared-memory mount, `/dev/shm`.
//!
//! The file is the data and nothing else: its length is the block's size, and other programs may map it. It is known by
//! device, inode and time of birth (its nonce is made of them), for it has no control page. It cannot be sealed either: a
//! program of the same user that cuts it while it is mapped here breaks what nobody can mend.
//!
//! # Who may change what a name leads to
//!
//! Nothing but file locks (`flock`) of the kernel is relied on, which it drops at any death.
//!
//! *Lease.* Each attachment holds a shared lock on its own open file description, from before the file has a name (its
//! maker) or from the moment of opening (everybody else) to the end. It is never unlocked by hand and never upgraded: a
//! failed upgrade would lose it. A mapping keeps the description that it was made through, and so would keep a lease beyond
//! `close()`: mappings are therefore made through a description of their own, without a lock.
//!
//! *Appearing.* A file is made without a name (`O_TMPFILE`), leased, reserved and filled, and only then linked: nobody
//! ever sees a name whose block is half made or not leased. `link` never replaces. Makers of `sharray.x` and
//! `sharray-keep.x` exclude each other by the *turn* (below), since one name must not exist in both forms.
//!
//! *Attaching.* Open, lock shared, then look whether the name still leads to the opened inode. If not, it was removed
//! between the two, and the search begins anew. A remover holds the exclusive lock for the microseconds between its own
//! look and its `unlink`; whoever meets it waits for that, for at most a second.
//!
//! *Removing: the last one out, or a sweep.* Open the name anew (after the own description is closed, so that there is a
//! free descriptor), lock exclusively without waiting, look whether the name still leads to this inode, unlink. The lock
//! says that no lease exists; none can come to be before the `unlink`, and whoever gets one after it finds that the name does not
//! lead there any more. Of several that close at once, the one whose description goes last finds no lease; if it finds an
//! exclusive lock instead, that is another remover's, who removes the name. So nobody takes the exclusive lock of a file that the
//! directory would not let him remove. Persistent blocks and other programs' files are never removed in this way. A
//! block that somebody renamed is known to its other holders by its old name: who closes such a one, and finds that the name does not
//! lead there, looks for its name in the whole directory.
//!
//! *Replacing and removing by order* (`publish` with `replace`, `unlink`): lock the inode that the name leads to shared,
//! look again, then rename or unlink. The shared lock keeps removers away from this name, as they need the exclusive one: so no remover
//! looks, finds the old block, and then unlinks the new one. Shared locks do not exclude each other, so those who change a
//! name by order, and those who link one, also take turns: an exclusive lock on the mount's directory, held for
//! microseconds. It is waited for at most a second: it guards against two orders for one name in the same microseconds, and
//! nobody who sits on the directory shall hold up anything else.
//!
//! Together: whoever changes name N holds a lock on the inode under N, taken before the look. Exclusive against shared
//! excludes a remover beside any other; the turn excludes two with shared locks; and where N is absent, `link`
//! decides. A program that unlinks without a lock (`rm`) can make a remover that is between look and unlink remove
//! the next block of that name, whose holders then keep it without its name; no data is ever lost to those who hold it.

pub(crate) mod access;
mod attachment;
pub(crate) mod file;
mod list;
mod lock;
pub(crate) mod name;
mod publish;
pub(crate) mod sweep;
pub(crate) mod turn;

pub use attachment::{NamedOptions, NamedPlace};
pub use list::{Holder, Listed, find, list};
pub use lock::{NameLock, lock};
pub use name::is_ours;
pub use publish::{Apart, PublishOptions};
pub use sweep::{sweep, unlink};
