package service

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// Datasets returns the whole catalog, ordered by name.
func (s *Service) Datasets(ctx context.Context, by api.Principal) ([]api.Dataset, error) {
	if _, err := s.may(ctx, by, api.ScopeCatalog, access.CatalogShow); err != nil {
		return nil, err
	}
	return s.route.Datasets(ctx)
}

// Dataset returns one entry of the catalog.
func (s *Service) Dataset(ctx context.Context, by api.Principal, name string) (api.Dataset, error) {
	if _, err := s.may(ctx, by, api.ScopeCatalog, access.CatalogShow); err != nil {
		return api.Dataset{}, err
	}
	return s.route.Dataset(ctx, name)
}

// Register adds a dataset to the catalog, or replaces an entry that has no version yet.
func (s *Service) Register(ctx context.Context, by api.Principal, file string, text []byte) (api.Dataset, error) {
	person, err := s.may(ctx, by, api.ScopeCatalog, access.CatalogRegister)
	if err != nil {
		return api.Dataset{}, err
	}
	return s.route.Register(ctx, person, file, text)
}

// Publish lets contracts be signed and jobs be run on the dataset's versions so far.
func (s *Service) Publish(ctx context.Context, by api.Principal, name string) (api.Dataset, error) {
	person, err := s.may(ctx, by, api.ScopeCatalog, access.CatalogPublish)
	if err != nil {
		return api.Dataset{}, err
	}
	return s.route.Publish(ctx, person, name)
}

// Contracts returns the contracts that the principal may know of, ordered by name.
func (s *Service) Contracts(ctx context.Context, by api.Principal) ([]yumen.SignedContract, error) {
	person, err := s.may(ctx, by, api.ScopeContracts, access.ContractShow)
	if err != nil {
		return nil, err
	}
	return s.route.KnownContracts(ctx, person)
}

// Contract returns a contract that was signed.
func (s *Service) Contract(ctx context.Context, by api.Principal, name string) (yumen.SignedContract, error) {
	person, err := s.may(ctx, by, api.ScopeContracts, access.ContractShow)
	if err != nil {
		return yumen.SignedContract{}, err
	}
	return s.route.KnownContract(ctx, person, name)
}

// Ledger returns the accounts of a contract and, beside them, the releases that no account bounds.
func (s *Service) Ledger(ctx context.Context, by api.Principal, name string) (api.Ledger, error) {
	person, err := s.may(ctx, by, api.ScopeContracts, access.ContractBudget)
	if err != nil {
		return api.Ledger{}, err
	}
	return s.route.Ledger(ctx, person, name)
}

// Sign signs a contract that speaks against neither the catalog nor the rules of the place.
func (s *Service) Sign(ctx context.Context, by api.Principal, file string, text []byte) (yumen.SignedContract, error) {
	person, err := s.may(ctx, by, api.ScopeContracts, access.ContractSign)
	if err != nil {
		return yumen.SignedContract{}, err
	}
	return s.route.Sign(ctx, person, file, text)
}

// CheckContract returns every reason not to sign a contract.
func (s *Service) CheckContract(ctx context.Context, by api.Principal, file string, text []byte) ([]yumen.Reason, error) {
	person, err := s.may(ctx, by, api.ScopeContracts, access.ContractShow)
	if err != nil {
		return nil, err
	}
	return s.route.CheckContract(ctx, person, file, text)
}

// WithdrawSignature takes the signature of the principal's organisation back.
func (s *Service) WithdrawSignature(ctx context.Context, by api.Principal, name string) (yumen.SignedContract, error) {
	person, err := s.may(ctx, by, api.ScopeContracts, access.ContractSign)
	if err != nil {
		return yumen.SignedContract{}, err
	}
	return s.route.WithdrawSignature(ctx, person, name)
}

// SuspendContract stops a contract at once.
func (s *Service) SuspendContract(ctx context.Context, by api.Principal, name, reason string) (yumen.SignedContract,
	error) {
	person, err := s.may(ctx, by, api.ScopeContracts, access.ContractSuspend)
	if err != nil {
		return yumen.SignedContract{}, err
	}
	return s.route.SuspendContract(ctx, person, name, reason)
}

// ResumeContract lets a suspended contract go on.
func (s *Service) ResumeContract(ctx context.Context, by api.Principal, name, reason string) (yumen.SignedContract,
	error) {
	person, err := s.may(ctx, by, api.ScopeContracts, access.ContractSuspend)
	if err != nil {
		return yumen.SignedContract{}, err
	}
	return s.route.ResumeContract(ctx, person, name, reason)
}

// Terminate ends a contract: no job is admitted under it and no result released from then on.
func (s *Service) Terminate(ctx context.Context, by api.Principal, name string) (yumen.SignedContract, error) {
	person, err := s.may(ctx, by, api.ScopeContracts, access.ContractTerminate)
	if err != nil {
		return yumen.SignedContract{}, err
	}
	return s.route.Terminate(ctx, person, name)
}
