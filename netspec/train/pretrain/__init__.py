"""Layers that learn what reaches them, one after another, before the net is trained as one."""

from netspec.train.pretrain.stack import pretrain as pretrain
