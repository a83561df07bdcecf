"""Layers that learn what reaches them, one after another, before the net is trained as one."""

from netspec.train.pretrain.stack import Floor as Floor
from netspec.train.pretrain.stack import floors as floors
from netspec.train.pretrain.stack import pretrain as pretrain
