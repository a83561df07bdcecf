"""The document as its author wrote it: validated, nothing looked up, repeated or inferred."""

from netspec.spec.entry import read_entry as read_entry
from netspec.spec.parse import parse as parse
from netspec.spec.parse import stated as stated
from netspec.spec.parse import whole as whole
from netspec.spec.pretraining import Pretrain as Pretrain
from netspec.spec.searching import Search as Search
from netspec.spec.spec import Block as Block
from netspec.spec.spec import Input as Input
from netspec.spec.spec import Origin as Origin
from netspec.spec.spec import Spec as Spec
from netspec.spec.spec import Step as Step
from netspec.spec.spec import Wire as Wire
from netspec.spec.training import Data as Data
from netspec.spec.training import Train as Train
