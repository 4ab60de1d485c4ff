"""Cases that a database refuses, each with a `DialectLimitError` that says why.

SQLite plans a step anew wherever another reads it, and a recurrent layer's steps are read several
times each, one behind the other.  MariaDB takes 62 steps, and computes a step anew for each that
reads it: beyond 700 such its planner needs gigabytes.  Columns, where long recurrences run by
recursion, have no such limit.
"""

from __future__ import annotations

import pytest

from keras2sql.errors import DialectLimitError

LONG = frozenset(
    {
        "SimpleRNN(units=2)-50x2",
        "GRU(units=2)-50x2",
        "LSTM(units=2)-50x2",
        "Bidirectional(layer=LSTM(units=2),merge_mode=concat)-50x2",
        "Bidirectional(layer=GRU(units=2,return_sequences=True),merge_mode=mul)-50x2-masked1",
        "RNN(cell=[GRUCell(units=2,reset_after=False),LSTMCell(units=2)],go_backwards=True,return_state=True)-50x2",
        "LSTM(units=2,return_sequences=True,return_state=True,go_backwards=True)-50x2-masked1",
        "ConvLSTM1D(filters=1,kernel_size=2)-50x3x1",
    }
)
READ_OFTEN = frozenset(
    {
        "GRU(units=2)-7x2",
        "GRU(units=2)-50x2",
        "GRU(units=2)-7x2-masked1",
        "LSTM(units=2)-7x2",
        "LSTM(units=2)-50x2",
        "LSTM(units=2)-7x2-masked1",
        "LSTM(units=2,return_sequences=True,return_state=True)-4x2-masked1",
        "LSTM(units=2,return_sequences=True,return_state=True,unroll=True)-4x2-masked1",
        "LSTM(units=2,return_sequences=True,return_state=True,go_backwards=True)-4x2-masked1",
        "LSTM(units=2,return_sequences=True,return_state=True,zero_output_for_mask=True)-4x2-masked1",
        "LSTM(units=2,zero_output_for_mask=True)-4x2-masked1",
        "LSTM(units=2,return_sequences=True,zero_output_for_mask=True,unroll=True)-4x2-masked1",
        "RNN(cell=[LSTMCell(units=3),GRUCell(units=2),SimpleRNNCell(units=2)],return_state=True)-3x2",
        "RNN(cell=[GRUCell(units=2,reset_after=False),LSTMCell(units=2)],return_sequences=True,return_state=True,unroll=True)-3x2",
        "RNN(cell=StackedRNNCells(cells=[Inner(layer='GRUCell',config={'units':2,'reset_after':False}),Inner(layer='LSTMCell',config={'units':2})]),go_backwards=True)-3x2",
        "RNN(cell=[GRUCell(units=2,reset_after=False),LSTMCell(units=2)],return_sequences=True,return_state=True)-4x2-masked1",
        "RNN(cell=[LSTMCell(units=3),GRUCell(units=2),SimpleRNNCell(units=2)],return_sequences=True,zero_output_for_mask=True)-4x2-masked1",
        "RNN(cell=[GRUCell(units=2,reset_after=False),LSTMCell(units=2)],unroll=True)-4x2-masked1",
        "RNN(cell=[GRUCell(units=2,reset_after=False),LSTMCell(units=2)],return_sequences=True,return_state=True,states=((1,),(2,3)))-3x2+2+2+2",
        "RNN(cell=[GRUCell(units=2,reset_after=False),LSTMCell(units=2)],return_sequences=True,return_state=True,states=((1,),(2,3)))-3x2+2+2+2-masked1",
        "Bidirectional(layer=RNN(cell=[Inner(layer='GRUCell',config={'units':2,'reset_after':False}),Inner(layer='LSTMCell',config={'units':2})],return_sequences=True,return_state=True))-3x2",
        "ConvLSTM1D(filters=2,kernel_size=2)-7x3x1",
        "Bidirectional(layer=LSTM(units=2),merge_mode=concat)-50x2",
        "Bidirectional(layer=GRU(units=2,return_sequences=True),merge_mode=mul)-50x2-masked1",
        "RNN(cell=[GRUCell(units=2,reset_after=False),LSTMCell(units=2)],go_backwards=True,return_state=True)-50x2",
        "LSTM(units=2,return_sequences=True,return_state=True,go_backwards=True)-50x2-masked1",
        "ConvLSTM1D(filters=1,kernel_size=2)-50x3x1",
        "ConvLSTM2D(filters=1,kernel_size=2,return_sequences=True,return_state=True)-7x2x2x1",
        "ConvLSTM3D(filters=1,kernel_size=[1,2,1])-7x1x2x2x1",
    }
)
REFUSED = {
    ("sqlite", "rows"): (READ_OFTEN, "would plan"),
    ("mariadb", "rows"): (
        LONG
        | READ_OFTEN
        | {
            "SimpleRNN(units=2)-7x2",
            "SimpleRNN(units=2)-7x2-masked1",
            "SimpleRNN(units=2,return_sequences=True,return_state=True)-4x2-masked1",
            "SimpleRNN(units=2,return_sequences=True,return_state=True,unroll=True)-4x2-masked1",
            "SimpleRNN(units=2,return_sequences=True,return_state=True,go_backwards=True)-4x2-masked1",
            "SimpleRNN(units=2,return_sequences=True,return_state=True,zero_output_for_mask=True)-4x2-masked1",
            "SimpleRNN(units=2,zero_output_for_mask=True)-4x2-masked1",
            "SimpleRNN(units=2,return_sequences=True,zero_output_for_mask=True,unroll=True)-4x2-masked1",
            "Bidirectional(layer=SimpleRNN(units=2,return_sequences=True,return_state=True),merge_mode=sum)-3x2",
            "Bidirectional(layer=SimpleRNN(units=2),merge_mode=sum)-3x2-masked1",
            "Bidirectional(layer=SimpleRNN(units=2,return_sequences=True,return_state=True),merge_mode=concat)-3x2-masked1",
            "GRU(units=2)-2x2",
            "GRU(units=2,return_sequences=True,return_state=True)-3x2",
            "GRU(units=2,return_sequences=True,return_state=True,go_backwards=True)-3x1",
            "GRU(units=2,use_bias=False)-3x2",
            "GRU(units=2,activation=relu)-3x2",
            "GRU(units=2,unroll=True)-3x2",
            "GRU(units=2,dropout=0.3,recurrent_dropout=0.2)-2x2",
            "GRU(units=2)-2x2-wide",
            "GRU(units=2,return_sequences=True,return_state=True)-4x2-masked1",
            "GRU(units=2,return_sequences=True,return_state=True,unroll=True)-4x2-masked1",
            "GRU(units=2,return_sequences=True,return_state=True,go_backwards=True)-4x2-masked1",
            "GRU(units=2,return_sequences=True,return_state=True,zero_output_for_mask=True)-4x2-masked1",
            "GRU(units=2,zero_output_for_mask=True)-4x2-masked1",
            "GRU(units=2,return_sequences=True,zero_output_for_mask=True,unroll=True)-4x2-masked1",
            "GRU(units=2,return_sequences=True,return_state=True,states=(1,))-3x2+2",
            "GRU(units=2,return_sequences=True,return_state=True,states=(1,))-3x2+2-masked1",
            "GRU(units=2,return_sequences=True,return_state=True,unroll=True,states=(1,))-3x2+2-masked1",
            "GRU(units=2,unroll=True,states=(1,))-3x2+2-masked1",
            "GRU(units=2,go_backwards=True,states=(1,))-3x2+2-masked1",
            "RNN(cell=GRUCell(units=2),return_state=True)-2x3",
            "Bidirectional(layer=GRU(units=2),merge_mode=concat)-3x2",
            "Bidirectional(layer=GRU(units=2),merge_mode=None)-3x2",
            "Bidirectional(layer=GRU(units=2,return_sequences=True,return_state=True),merge_mode=sum)-3x2",
            "Bidirectional(layer=GRU(units=2),merge_mode=sum)-3x2-masked1",
            "Bidirectional(layer=GRU(units=2,return_sequences=True,return_state=True),merge_mode=concat)-3x2-masked1",
            "LSTM(units=2)-2x2",
            "LSTM(units=2,return_sequences=True,return_state=True)-3x2",
            "LSTM(units=2,return_sequences=True,return_state=True,go_backwards=True)-3x1",
            "LSTM(units=2,use_bias=False)-3x2",
            "LSTM(units=2,activation=relu)-3x2",
            "LSTM(units=2,unroll=True)-3x2",
            "LSTM(units=2,dropout=0.3,recurrent_dropout=0.2)-2x2",
            "LSTM(units=2)-2x2-wide",
            "LSTM(units=2,return_sequences=True,return_state=True,states=(1,2))-3x2+2+2",
            "LSTM(units=2,return_sequences=True,return_state=True,states=(1,2))-3x2+2+2-masked1",
            "LSTM(units=2,return_sequences=True,return_state=True,unroll=True,states=(1,2))-3x2+2+2-masked1",
            "LSTM(units=2,unroll=True,states=(1,2))-3x2+2+2-masked1",
            "LSTM(units=2,go_backwards=True,states=(1,2))-3x2+2+2-masked1",
            "RNN(cell=LSTMCell(units=2),return_state=True)-2x3",
            "Bidirectional(layer=LSTM(units=2),merge_mode=concat)-3x2",
            "Bidirectional(layer=LSTM(units=2),merge_mode=None)-3x2",
            "Bidirectional(layer=LSTM(units=2,return_sequences=True,return_state=True),merge_mode=sum)-3x2",
            "Bidirectional(layer=LSTM(units=2),merge_mode=sum)-3x2-masked1",
            "Bidirectional(layer=LSTM(units=2,return_sequences=True,return_state=True),merge_mode=concat)-3x2-masked1",
            "LSTM(units=2,recurrent_activation=hard_sigmoid,activation=softsign)-3x2",
            "LSTM(units=2,recurrent_activation=softmax,unit_forget_bias=False)-2x2",
            "GRU(units=2,return_sequences=True,return_state=True,reset_after=False)-2x2",
            "GRU(units=2,reset_after=False,use_bias=False,go_backwards=True)-3x2",
            "GRU(units=2,recurrent_activation=hard_sigmoid,activation=None)-2x2",
            "GRU(units=2,reset_after=False)-4x2-masked1",
            "LSTM(units=2,return_sequences=True)-3x2-masked1",
            "RNN(cell=GRUCell(units=2),return_sequences=True,go_backwards=True)-3x2",
            "StackedRNNCells(cells=[GRUCell(units=2,reset_after=False),LSTMCell(units=2)],states=((1,),(2,3)))-3+2+2+2",
            "StackedRNNCells(cells=[GRUCell(units=2,reset_after=False),LSTMCell(units=2)],states=((1,),(2,3)))-1+2+2+2",
            "Bidirectional(layer=LSTM(units=2,return_sequences=True),merge_mode=concat)-1x2",
            "Bidirectional(layer=GRU(units=2),merge_mode=ave)-2x2",
            "Bidirectional(layer=SimpleRNN(units=2,return_sequences=True,return_state=True),merge_mode=sum)-7x2",
            "Bidirectional(layer=LSTM(units=2),merge_mode=mul)-3x2",
            "Bidirectional(layer=LSTM(units=2,return_sequences=True),merge_mode=ave)-3x2",
            "Bidirectional(layer=GRU(units=2,return_sequences=True),merge_mode=None)-3x2",
            "Bidirectional(layer=LSTM(units=2,return_state=True),merge_mode=None)-3x2",
            "Bidirectional(layer=GRU(units=2,return_state=True),merge_mode=mul)-3x2",
            "Bidirectional(layer=LSTM(units=2,return_sequences=True),merge_mode=None)-3x2-masked1",
            "Bidirectional(layer=GRU(units=2,return_sequences=True,unroll=True),merge_mode=ave)-4x2-masked1",
            "Bidirectional(layer=GRU(units=2,return_sequences=True,return_state=True),merge_mode=concat,states=(1,2))-3x2+2+2",
            "Bidirectional(layer=LSTM(units=2,return_sequences=True,return_state=True),merge_mode=concat,states=(1,2,3,4))-3x2+2+2+2+2-masked1",
            "Bidirectional(layer=LSTM(units=2,return_sequences=True),backward_layer=GRU(units=3,go_backwards=True,use_bias=False,return_sequences=True))-3x2",
            "ConvLSTM1D(filters=2,kernel_size=2)-2x3x2",
            "ConvLSTM1D(filters=2,kernel_size=2,return_sequences=True,return_state=True,padding=same,go_backwards=True)-3x4x1",
            "ConvLSTM1D(filters=2,kernel_size=2,strides=2,padding=same,use_bias=False)-2x5x2",
            "ConvLSTM1D(filters=2,kernel_size=2,dilation_rate=2)-2x5x1",
            "ConvLSTM1D(filters=2,kernel_size=2,data_format=channels_first,return_sequences=True,return_state=True)-2x2x4",
            "ConvLSTM2D(filters=2,kernel_size=2)-2x3x3x1",
            "ConvLSTM2D(filters=1,kernel_size=[2,3],strides=[1,2],return_sequences=True)-2x3x4x2",
            "ConvLSTM2D(filters=2,kernel_size=2,data_format=channels_first,padding=same,activation=relu)-2x1x3x3",
            "ConvLSTM3D(filters=1,kernel_size=2)-2x2x2x3x1",
            "ConvLSTM1D(filters=2,kernel_size=2,return_sequences=True,return_state=True,states=(1,2))-2x3x1+2x2+2x2",
            "Bidirectional(layer=ConvLSTM1D(filters=2,kernel_size=2,return_sequences=True,return_state=True),merge_mode=sum)-2x3x1",
            "TimeDistributed(layer=LSTM(units=2))-2x3x2",
            "TimeDistributed(layer=GRU(units=2))-2x3x2-masked1",
        },
        "takes 62|would plan",
    ),
    # With weights in records of two.
    ("mariadb", "records"): (
        frozenset(
            {
                "MultiHeadAttention(num_heads=2,key_dim=2,return_attention_scores=True)-3x2+4x2-masked11"
            }
        ),
        "would plan",
    ),
}


def refusal(case: str, dialect: str, how: str) -> pytest.RaisesExc[DialectLimitError] | None:
    """What must be raised for a case, by its id; None where it has to work."""
    cases, message = REFUSED.get((dialect, how), (frozenset(), ""))
    return pytest.raises(DialectLimitError, match=message) if case in cases else None
